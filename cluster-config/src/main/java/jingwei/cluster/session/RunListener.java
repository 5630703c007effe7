package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.Map;
import jingwei.model.data.Batch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.step.StepResult;

/** Receives the events of a run, in the thread of the run. */
public interface RunListener {
  /** A sentence for users, for instance about the data or the size of the model. */
  void note(String sentence);

  /**
   * A step was committed or refused.
   *
   * @param plannedSteps current planned number of steps of the run
   */
  void step(StepMetrics metrics, long plannedSteps);

  /** Held-out text was evaluated; losses are by domain name. */
  default void evaluated(long step, Map<String, DomainLoss> heldOut) {}

  /** A checkpoint is complete. */
  default void saved(long step, Path checkpoint) {}

  /**
   * The nodes have started; the next step is the one after this.
   *
   * @param step the last step before
   */
  default void started(long step) {}

  /** A step was committed. Is called before {@link #step}. */
  default void committed(Batch batch, StepResult result) {}

  /**
   * Rows of standard input are durable. Is called in any thread.
   *
   * @param count of all of them, with those of earlier starts
   * @param areAll whether the end of standard input is durable, too
   */
  default void rowsKept(long count, boolean areAll) {}

  /** A fault was noticed, and the run goes back to a checkpoint. */
  default void fault(long step, String reason) {}
}
