package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** P2 within one history: effective steps are 1 to N, and each batch is taken once. */
final class SequenceRule {
  private final List<Violation> violations = new ArrayList<>();

  private SequenceRule() {}

  static List<Violation> check(EpochHistory history) {
    SequenceRule rule = new SequenceRule();
    history.strays().forEach(rule::stray);
    history.epochs().forEach(rule::within);
    List<EpochLine.Commit> effective = history.effective();
    rule.steps(effective);
    rule.batches(effective);
    rule.end(history, effective);
    return rule.violations;
  }

  private void stray(EpochLine line) {
    broken("a line of epoch %d was written, but that epoch never began".formatted(line.epoch()));
  }

  /** Steps ascend by one in an epoch, and nothing follows its end. */
  private void within(Epoch epoch) {
    long step = epoch.begin().from();
    boolean hasEnded = false;
    for (EpochLine line : epoch.lines()) {
      if (hasEnded) {
        broken("epoch %d went on after its end".formatted(epoch.number()));
      }
      switch (line) {
        case EpochLine.Commit commit -> {
          if (commit.step() != step + 1) {
            broken(
                "epoch %d committed step %d after step %d"
                    .formatted(epoch.number(), commit.step(), step));
          }
          step = commit.step();
        }
        case EpochLine.End end -> {
          hasEnded = true;
          if (end.step() != step) {
            broken(
                "epoch %d ended at step %d, but stood at %d"
                    .formatted(epoch.number(), end.step(), step));
          }
        }
        case EpochLine.Begin _, EpochLine.Checkpoint _, EpochLine.Fault _ -> {}
      }
    }
  }

  private void steps(List<EpochLine.Commit> effective) {
    long step = 0;
    for (EpochLine.Commit commit : effective) {
      if (commit.step() > step + 1) {
        broken("the steps from %d to %d are missing".formatted(step + 1, commit.step() - 1));
      } else if (commit.step() <= step) {
        broken("step %d counts again after step %d".formatted(commit.step(), step));
      }
      step = Math.max(step, commit.step());
    }
  }

  private void batches(List<EpochLine.Commit> effective) {
    Map<String, Long> stepOf = new HashMap<>();
    for (EpochLine.Commit commit : effective) {
      Long first = stepOf.putIfAbsent(commit.batch(), commit.step());
      if (first != null) {
        broken(
            "the batch %s counts at steps %d and %d"
                .formatted(commit.batch(), first, commit.step()));
      }
    }
  }

  private void end(EpochHistory history, List<EpochLine.Commit> effective) {
    boolean hasEnd =
        !history.epochs().isEmpty()
            && history.epochs().getLast().lines().stream()
                .anyMatch(EpochLine.End.class::isInstance);
    if (effective.isEmpty() || !hasEnd) {
      broken(
          "the session has not ended; it stands at step %d"
              .formatted(effective.isEmpty() ? 0 : effective.getLast().step()));
    }
  }

  private void broken(String sentence) {
    violations.add(new Violation(Promise.P2, sentence));
  }
}
