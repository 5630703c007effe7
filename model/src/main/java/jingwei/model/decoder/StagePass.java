package jingwei.model.decoder;

import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.routing.RoutePlan;

/**
 * The pass of one micro-batch through one stage: its activations, its forward and its backward. The
 * calls come in this order, from one thread or from several:
 *
 * <pre>
 *   forward; forwardExpert for each expert of routes(); combine
 *   dispatchGradient; backwardExpert for each expert of routes(); inputGradient; weightGradients
 * </pre>
 *
 * <p>Each call reads the weights of one owner and adds to the gradient of that owner. No other
 * stage waits for {@link #weightGradients}: it may run any time after {@link #inputGradient} and
 * before the buffers take the next micro-batch. If activations are recomputed it runs at once,
 * because stages then share buffers ({@link ActivationBuffers#recomputes}).
 *
 * <p>The backward overwrites activations with gradients once they have been read for the last time
 * (decision 0017). Each stage decides which activations those are.
 */
public interface StagePass {
  /** The output of the stage, [N, D]. */
  RowBuffer output();

  /** The forward up to the experts, or all of it if the stage has no experts. */
  void forward(Workspace workspace, ParameterSet weights);

  /** The experts that compute in this micro-batch; none if the stage has no experts. */
  default RoutePlan routes() {
    return RoutePlan.NONE;
  }

  /**
   * Runs one expert on the rows that were dispatched to it.
   *
   * @param i index among the active experts of {@link #routes()}
   * @param weights of that expert
   */
  default void forwardExpert(Workspace workspace, int i, ParameterSet weights) {
    throw new IllegalStateException("the stage has no expert");
  }

  /** The forward after the experts. */
  default void combine(Workspace workspace) {}

  /** The backward before the experts. */
  default void dispatchGradient(Workspace workspace, ParameterSet weights) {}

  /**
   * Runs the backward of one expert.
   *
   * @param i as in {@link #forwardExpert}
   */
  default void backwardExpert(
      Workspace workspace, int i, ParameterSet weights, Gradients gradients) {
    throw new IllegalStateException("the stage has no expert");
  }

  /** The backward after the experts: from the gradient of the output to that of the input. */
  void inputGradient(Workspace workspace, ParameterSet weights, Gradients gradients);

  /** Computes the weight gradients that {@link #inputGradient} left out. */
  void weightGradients(Workspace workspace, Gradients gradients);
}
