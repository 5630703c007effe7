package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Steps of the disturbed run against the undisturbed one, and repeated steps against their first
 * time. Batches and documents are P2, updates are P1.
 *
 * <p>A run that rolls back after a spike refuses steps that it has applied before. So a step may
 * differ from its first time if the undisturbed run committed it in both ways, too.
 */
final class SameStepsRule {
  private final Map<Long, List<EpochLine.Commit>> undisturbed = new HashMap<>();
  private final List<Violation> violations = new ArrayList<>();

  private SameStepsRule(EpochHistory undisturbed) {
    for (EpochLine.Commit commit : undisturbed.commits()) {
      this.undisturbed.computeIfAbsent(commit.step(), step -> new ArrayList<>()).add(commit);
    }
  }

  static List<Violation> check(EpochHistory disturbed, EpochHistory undisturbed) {
    SameStepsRule rule = new SameStepsRule(undisturbed);
    rule.repeated(disturbed);
    rule.effective(disturbed.effective(), undisturbed.effective());
    return rule.violations;
  }

  /** Every commit, undone or not, equals one of the undisturbed run and the first of its step. */
  private void repeated(EpochHistory disturbed) {
    Map<Long, EpochLine.Commit> firsts = new HashMap<>();
    for (EpochLine.Commit commit : disturbed.commits()) {
      EpochLine.Commit first = firsts.putIfAbsent(commit.step(), commit);
      List<EpochLine.Commit> known = known(commit.step());
      if (first != null && !isSame(first, commit)) {
        if (!isKnown(commit) || !isKnown(first)) {
          differ(
              first,
              commit,
              "step %d has in epoch %d other %s than in epoch %d",
              commit.step(),
              commit.epoch(),
              first.epoch());
        }
      } else if (first == null && !isKnown(commit) && !known.isEmpty()) {
        differ(
            known.getLast(),
            commit,
            "step %d has in epoch %d other %s than in epoch %d of the undisturbed run",
            commit.step(),
            commit.epoch(),
            known.getLast().epoch());
      }
    }
  }

  /** The commits of a step in the undisturbed run, usually one. */
  private List<EpochLine.Commit> known(long step) {
    return undisturbed.getOrDefault(step, List.of());
  }

  private boolean isKnown(EpochLine.Commit commit) {
    return known(commit.step()).stream().anyMatch(other -> isSame(commit, other));
  }

  /**
   * The steps that count are those of the undisturbed run, to its last one. Commits that the
   * undisturbed run does not have are reported already.
   */
  private void effective(List<EpochLine.Commit> steps, List<EpochLine.Commit> right) {
    Map<Long, EpochLine.Commit> rightSteps = new HashMap<>();
    right.forEach(commit -> rightSteps.put(commit.step(), commit));
    for (EpochLine.Commit commit : steps) {
      EpochLine.Commit other = rightSteps.get(commit.step());
      if (other != null && !isSame(other, commit) && isKnown(commit)) {
        differ(
            other,
            commit,
            "step %d counts as of epoch %d with other %s than in epoch %d of the undisturbed run",
            commit.step(),
            commit.epoch(),
            other.epoch());
      }
    }
    long last = steps.isEmpty() ? 0 : steps.getLast().step();
    long rightLast = right.isEmpty() ? 0 : right.getLast().step();
    if (last != rightLast) {
      violations.add(
          new Violation(
              Promise.P2,
              "the run ends at step %d, but the undisturbed run at step %d"
                  .formatted(last, rightLast)));
    }
  }

  private void differ(
      EpochLine.Commit a, EpochLine.Commit b, String form, long step, long epoch, long other) {
    if (!a.batch().equals(b.batch()) || !a.documents().equals(b.documents())) {
      String what = a.batch().equals(b.batch()) ? "documents" : "batches";
      violations.add(new Violation(Promise.P2, form.formatted(step, epoch, what, other)));
    }
    if (!a.experts().equals(b.experts()) || a.applied() != b.applied()) {
      violations.add(new Violation(Promise.P1, form.formatted(step, epoch, "updates", other)));
    }
  }

  private static boolean isSame(EpochLine.Commit a, EpochLine.Commit b) {
    return a.batch().equals(b.batch())
        && a.documents().equals(b.documents())
        && a.experts().equals(b.experts())
        && a.applied() == b.applied();
  }
}
