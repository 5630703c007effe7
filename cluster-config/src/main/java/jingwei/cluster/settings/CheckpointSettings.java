package jingwei.cluster.settings;

import static jingwei.cluster.settings.ConfigValues.whole;
import static jingwei.cluster.settings.ConfigValues.wholeLong;

import com.typesafe.config.Config;
import jingwei.model.UserException;

/**
 * When a run saves and evaluates.
 *
 * @param every steps between checkpoints; 0 for the end only
 * @param keep number of the newest checkpoints to keep
 * @param copies disks that a session of a cluster is kept on, 1 or 2
 * @param evaluationEvery steps between evaluations; 0 for the end only
 * @param evaluationTokens held-out tokens per domain in one evaluation
 */
public record CheckpointSettings(
    long every, int keep, int copies, long evaluationEvery, long evaluationTokens) {
  public CheckpointSettings {
    if (every < 0 || evaluationEvery < 0 || keep < 1 || evaluationTokens < 1) {
      throw new UserException(
          "checkpoint.every = %d and evaluation.every = %d must not be below 0, checkpoint.keep = %d and evaluation.tokensPerDomain = %d must be above 0."
              .formatted(every, evaluationEvery, keep, evaluationTokens));
    }
    if (copies < 1 || copies > 2) {
      throw new UserException(
          "checkpoint.copies = %d must be 1, or 2 to keep a session on two machines' disks."
              .formatted(copies));
    }
  }

  /** Whether a second node keeps the session, too. */
  public boolean isCopied() {
    return copies > 1;
  }

  /** Whether a checkpoint is due after a step. */
  public boolean isDue(long step) {
    return isDue(every, step);
  }

  /** Whether an evaluation is due after a step. */
  public boolean isEvaluationDue(long step) {
    return isDue(evaluationEvery, step);
  }

  /**
   * The next step after which the run must pause, to evaluate or to save.
   *
   * @param step the last step
   * @param planned the last step of the run
   */
  public long nextPause(long step, long planned) {
    return Math.min(planned, Math.min(nextDue(every, step), nextDue(evaluationEvery, step)));
  }

  private static boolean isDue(long every, long step) {
    return every > 0 && step % every == 0;
  }

  private static long nextDue(long every, long step) {
    return every == 0 ? Long.MAX_VALUE : (step / every + 1) * every;
  }

  static CheckpointSettings of(Config config) {
    return new CheckpointSettings(
        wholeLong(config, "checkpoint.every"),
        whole(config, "checkpoint.keep"),
        whole(config, "checkpoint.copies"),
        wholeLong(config, "evaluation.every"),
        wholeLong(config, "evaluation.tokensPerDomain"));
  }
}
