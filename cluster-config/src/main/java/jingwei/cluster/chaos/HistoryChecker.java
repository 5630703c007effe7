package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Decides whether a disturbed run kept the promises P1 to P4. A pure function. */
public final class HistoryChecker {
  private HistoryChecker() {}

  /**
   * A run that has ended.
   *
   * @param weights checksum of the bytes of each owner in the last checkpoint, by owner name
   */
  public record Run(EpochHistory history, Map<String, Long> weights) {
    public Run {
      weights = Map.copyOf(weights);
    }
  }

  /**
   * Compares a run with the same run without faults.
   *
   * @param peaks the memory that nodes of the disturbed run used, where they have a budget
   */
  public static Findings check(Run disturbed, Run undisturbed, List<MemoryPeak> peaks) {
    EpochHistory history = disturbed.history();
    List<Violation> violations = new ArrayList<>(ofOneRun(history));
    for (Violation found : ofOneRun(undisturbed.history())) {
      violations.add(new Violation(found.promise(), "in the undisturbed run, " + found.sentence()));
    }
    violations.addAll(SameStepsRule.check(history, undisturbed.history()));
    violations.addAll(weights(disturbed.weights(), undisturbed.weights()));
    violations.addAll(memory(peaks));
    Map<String, Long> counts = applied(history);
    Map<String, Long> right = applied(undisturbed.history());
    return new Findings(
        right.keySet().stream().filter(batch -> !counts.containsKey(batch)).count(),
        counts.values().stream().mapToLong(times -> times - 1).sum(),
        !disturbed.weights().isEmpty() && disturbed.weights().equals(undisturbed.weights()),
        history.replayedSteps(),
        violations);
  }

  private static List<Violation> ofOneRun(EpochHistory history) {
    List<Violation> violations = new ArrayList<>();
    violations.addAll(SequenceRule.check(history));
    violations.addAll(VersionRule.check(history.effective()));
    violations.addAll(LeaderRule.check(history));
    violations.addAll(CheckpointRule.check(history));
    return violations;
  }

  /** How often each batch changed the weights. */
  private static Map<String, Long> applied(EpochHistory history) {
    Map<String, Long> times = new HashMap<>();
    for (EpochLine.Commit commit : history.effective()) {
      if (commit.applied()) {
        times.merge(commit.batch(), 1L, Long::sum);
      }
    }
    return times;
  }

  private static List<Violation> weights(Map<String, Long> weights, Map<String, Long> right) {
    if (weights.isEmpty() || right.isEmpty()) {
      return List.of(new Violation(Promise.P1, "there are no final weights to compare"));
    }
    TreeSet<String> owners = new TreeSet<>(weights.keySet());
    owners.addAll(right.keySet());
    int all = owners.size();
    owners.removeIf(
        owner -> weights.containsKey(owner) && weights.get(owner).equals(right.get(owner)));
    if (owners.isEmpty()) {
      return List.of();
    }
    return List.of(
        new Violation(
            Promise.P1,
            "the final weights of %d of %d owners differ from the undisturbed run, first %s"
                .formatted(owners.size(), all, owners.first())));
  }

  private static List<Violation> memory(List<MemoryPeak> peaks) {
    return peaks.stream()
        .filter(peak -> peak.bytes() > peak.budget())
        .map(
            peak ->
                new Violation(
                    Promise.P4,
                    "%s used %,d bytes of %s memory, more than the budget of %,d bytes"
                        .formatted(peak.user(), peak.bytes(), peak.memory(), peak.budget())))
        .toList();
  }
}
