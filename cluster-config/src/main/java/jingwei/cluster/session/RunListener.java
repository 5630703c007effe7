package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.Map;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.StepMetrics;

/** Is told what a run does, in the run's own thread. */
public interface RunListener {
  /**
   * A sentence for people: where the data comes from, what was left out, how large the model is.
   */
  void note(String sentence);

  /**
   * A step was committed or refused.
   *
   * @param plannedSteps of the run as it is planned now
   */
  void step(StepMetrics metrics, long plannedSteps);

  /** Held-out text was evaluated, by domain name. */
  void evaluated(long step, Map<String, DomainLoss> heldOut);

  void saved(long step, Path checkpoint);
}
