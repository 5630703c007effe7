package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.List;

/** P3: epochs begin from complete checkpoints, and the last step of the session is saved. */
final class CheckpointRule {
  private CheckpointRule() {}

  static List<Violation> check(EpochHistory history) {
    List<Violation> violations = new ArrayList<>();
    List<Epoch> epochs = history.epochs();
    for (int i = 0; i < epochs.size(); i++) {
      EpochLine.Begin begin = epochs.get(i).begin();
      if (begin.from() != 0 && !wasSaved(begin, epochs.subList(0, i))) {
        violations.add(
            broken(
                "epoch %d began from step %d, but no earlier epoch had saved that step"
                    .formatted(begin.epoch(), begin.from())));
      }
      saved(epochs.get(i), violations);
    }
    last(history, violations);
    return violations;
  }

  /**
   * True if an earlier epoch saved the step. A leader that was killed between a checkpoint and its
   * line breaks off after the commit of that step; this counts, too.
   */
  private static boolean wasSaved(EpochLine.Begin begin, List<Epoch> earlier) {
    return earlier.stream()
        .anyMatch(
            epoch ->
                epoch.breaksOffAfter(begin.from())
                    || epoch.checkpoints().stream()
                        .anyMatch(
                            saved ->
                                saved.step() == begin.from() && saved.millis() <= begin.millis()));
  }

  /** A checkpoint holds the step at which its epoch stands. */
  private static void saved(Epoch epoch, List<Violation> violations) {
    long step = epoch.begin().from();
    for (EpochLine line : epoch.lines()) {
      if (line instanceof EpochLine.Commit commit) {
        step = commit.step();
      } else if (line instanceof EpochLine.Checkpoint saved && saved.step() != step) {
        violations.add(
            broken(
                "checkpoint %s of epoch %d is of step %d, but the epoch stood at step %d"
                    .formatted(saved.name(), epoch.number(), saved.step(), step)));
      }
    }
  }

  private static void last(EpochHistory history, List<Violation> violations) {
    List<EpochLine.Commit> effective = history.effective();
    List<EpochLine.Checkpoint> saved =
        history.epochs().stream().flatMap(epoch -> epoch.checkpoints().stream()).toList();
    long step = effective.isEmpty() ? 0 : effective.getLast().step();
    if (saved.isEmpty() ? step > 0 : saved.getLast().step() != step) {
      violations.add(
          broken(
              "the last step is %d, but the last checkpoint is %s"
                  .formatted(
                      step, saved.isEmpty() ? "missing" : "of step " + saved.getLast().step())));
    }
  }

  private static Violation broken(String sentence) {
    return new Violation(Promise.P3, sentence);
  }
}
