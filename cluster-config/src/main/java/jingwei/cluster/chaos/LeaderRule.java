package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/** P2: one leader at a time. P3: a leader that was replaced writes no more checkpoints. */
final class LeaderRule {
  private LeaderRule() {}

  static List<Violation> check(EpochHistory history) {
    List<Violation> violations = new ArrayList<>(numbers(history.epochs()));
    List<Epoch> epochs = history.epochs();
    for (int i = 0; i < epochs.size(); i++) {
      late(epochs.get(i), epochs.subList(i + 1, epochs.size()), violations);
    }
    return violations;
  }

  /** The numbers of epochs ascend with time. */
  private static List<Violation> numbers(List<Epoch> epochs) {
    List<Violation> violations = new ArrayList<>();
    List<EpochLine.Begin> begins =
        epochs.stream()
            .map(Epoch::begin)
            .sorted(Comparator.comparingLong(EpochLine.Begin::millis))
            .toList();
    for (int i = 1; i < begins.size(); i++) {
      EpochLine.Begin before = begins.get(i - 1);
      EpochLine.Begin next = begins.get(i);
      if (next.epoch() < before.epoch()) {
        violations.add(
            broken("epoch %d began after epoch %d".formatted(next.epoch(), before.epoch())));
      }
    }
    for (int i = 1; i < epochs.size(); i++) {
      EpochLine.Begin before = epochs.get(i - 1).begin();
      EpochLine.Begin next = epochs.get(i).begin();
      if (next.epoch() == before.epoch()) {
        violations.add(
            broken(
                "epoch %d began twice, led by %s and by %s"
                    .formatted(next.epoch(), before.leader(), next.leader())));
      }
    }
    return violations;
  }

  private static void late(Epoch old, List<Epoch> newer, List<Violation> violations) {
    for (Epoch next : newer) {
      OptionalLong first = next.firstCommitMillis();
      if (first.isEmpty()) {
        continue;
      }
      old.commits().stream()
          .filter(commit -> commit.millis() > first.getAsLong())
          .findFirst()
          .ifPresent(
              commit ->
                  violations.add(
                      broken(
                          "two leaders at once: %s committed step %d in epoch %d after the first commit of %s in epoch %d"
                              .formatted(
                                  old.begin().leader(),
                                  commit.step(),
                                  old.number(),
                                  next.begin().leader(),
                                  next.number()))));
      old.checkpoints().stream()
          .filter(checkpoint -> checkpoint.millis() > first.getAsLong())
          .findFirst()
          .ifPresent(
              checkpoint ->
                  violations.add(
                      new Violation(
                          Promise.P3,
                          "%s completed checkpoint %s of epoch %d after the first commit of epoch %d"
                              .formatted(
                                  old.begin().leader(),
                                  checkpoint.name(),
                                  old.number(),
                                  next.number()))));
    }
  }

  private static Violation broken(String sentence) {
    return new Violation(Promise.P2, sentence);
  }
}
