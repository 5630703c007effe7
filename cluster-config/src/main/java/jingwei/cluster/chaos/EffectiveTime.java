package jingwei.cluster.chaos;

import java.util.OptionalDouble;

/** The share of a session's time that went into steps that were taken for the first time. */
public final class EffectiveTime {
  private EffectiveTime() {}

  /**
   * Measures the share, from the first commit of a session to its last.
   *
   * <p>Useful is the time from commit to commit within an epoch, if the later step had not been
   * committed before. The time until a checkpoint is complete, recovery, and repeated steps are not
   * useful. The first step of an epoch counts as recovery, since its start is not known.
   *
   * @return 0 to 1; empty if no time has passed
   */
  public static OptionalDouble measured(EpochHistory history) {
    long useful = 0;
    long highest = 0;
    for (Epoch epoch : history.epochs()) {
      long since = Long.MAX_VALUE; // no interval is open
      for (EpochLine line : epoch.lines()) {
        if (line instanceof EpochLine.Commit commit) {
          if (commit.step() > highest) {
            useful += Math.max(0, commit.millis() - since);
            highest = commit.step();
          }
          since = commit.millis();
        } else if (line instanceof EpochLine.Checkpoint saved && since != Long.MAX_VALUE) {
          since = saved.millis();
        }
      }
    }
    long first = history.commits().stream().mapToLong(EpochLine.Commit::millis).min().orElse(0);
    long last = history.commits().stream().mapToLong(EpochLine.Commit::millis).max().orElse(0);
    return last > first
        ? OptionalDouble.of((double) useful / (last - first))
        : OptionalDouble.empty();
  }

  /**
   * What a session pays, for {@link #expected}.
   *
   * @param stepSeconds one step
   * @param checkpointEvery steps between checkpoints
   * @param checkpointSeconds how long a checkpoint stops the steps
   * @param recoverySeconds from a kill to the first commit of the next epoch
   */
  public record Costs(
      double stepSeconds, long checkpointEvery, double checkpointSeconds, double recoverySeconds) {
    public Costs {
      if (!(stepSeconds > 0 && checkpointSeconds >= 0 && recoverySeconds >= 0)
          || checkpointEvery < 1) {
        throw new IllegalArgumentException(
            "stepSeconds=%s checkpointEvery=%d checkpointSeconds=%s recoverySeconds=%s"
                .formatted(stepSeconds, checkpointEvery, checkpointSeconds, recoverySeconds));
      }
    }
  }

  /**
   * The share to expect of a long session. With steps of s seconds, a checkpoint of c seconds after
   * every n steps, a recovery of R seconds and a kill every M seconds on average:
   *
   * <pre>
   *   W     = n s (n s / 2 + c) / (n s + c)    work that a kill at a random time undoes
   *   share = (1 - (R + W) / M) / (1 + c / (n s))
   * </pre>
   *
   * <p>The formula holds while kills seldom strike during recovery.
   *
   * @param secondsBetweenKills M, above zero; infinite for no kills
   * @return 0 to 1
   */
  public static double expected(Costs costs, double secondsBetweenKills) {
    if (!(secondsBetweenKills > 0)) {
      throw new IllegalArgumentException("secondsBetweenKills=" + secondsBetweenKills);
    }
    double work = costs.checkpointEvery * costs.stepSeconds;
    double pause = costs.checkpointSeconds;
    double undone = work * (work / 2 + pause) / (work + pause);
    double left = 1 - (costs.recoverySeconds + undone) / secondsBetweenKills;
    return Math.max(0, left) / (1 + pause / work);
  }
}
