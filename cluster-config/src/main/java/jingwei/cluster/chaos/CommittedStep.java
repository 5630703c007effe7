package jingwei.cluster.chaos;

import jingwei.model.data.Batch;
import jingwei.model.step.StepResult;

/** Writes a committed step as a line, alike in every run of a session. */
public final class CommittedStep {
  private CommittedStep() {}

  /**
   * The line of a step. The id of a batch follows from the seed and the step.
   *
   * @param seed of the session
   * @param millis wall-clock time in milliseconds since 1970
   */
  public static EpochLine.Commit line(
      long epoch, long seed, Batch batch, StepResult result, long millis) {
    return new EpochLine.Commit(
        epoch,
        result.step(),
        seed + "-" + result.step(),
        batch.documents(),
        result.expertVersions(),
        result.isApplied(),
        millis);
  }
}
