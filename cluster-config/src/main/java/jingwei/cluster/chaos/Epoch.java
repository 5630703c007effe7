package jingwei.cluster.chaos;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one leader did in one epoch.
 *
 * @param lines its commits, checkpoints and end, in the order in which they were written
 */
public record Epoch(EpochLine.Begin begin, List<EpochLine> lines) {
  public Epoch {
    lines = List.copyOf(lines);
  }

  long number() {
    return begin.epoch();
  }

  /** Its commits in order. */
  List<EpochLine.Commit> commits() {
    return lines.stream()
        .filter(EpochLine.Commit.class::isInstance)
        .map(EpochLine.Commit.class::cast)
        .toList();
  }

  /** Its checkpoints in order. */
  List<EpochLine.Checkpoint> checkpoints() {
    return lines.stream()
        .filter(EpochLine.Checkpoint.class::isInstance)
        .map(EpochLine.Checkpoint.class::cast)
        .toList();
  }

  /** The time of its earliest commit. */
  OptionalLong firstCommitMillis() {
    return commits().stream().mapToLong(EpochLine.Commit::millis).min();
  }

  /** The step at which the epoch stands after all of its lines. */
  long lastStep() {
    return commits().isEmpty() ? begin.from() : commits().getLast().step();
  }

  /** True if the last line is a commit of this step: the leader went silent right after it. */
  boolean breaksOffAfter(long step) {
    return !lines.isEmpty()
        && lines.getLast() instanceof EpochLine.Commit last
        && last.step() == step;
  }
}
