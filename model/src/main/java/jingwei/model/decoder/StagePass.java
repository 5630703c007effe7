package jingwei.model.decoder;

import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.routing.RoutePlan;

/**
 * The way of one micro-batch through one stage: its activations, its forward and its backward. The
 * calls come in this order, from one thread or from several:
 *
 * <pre>
 *   forward; forwardExpert for each expert of routes(); combine
 *   dispatchGradient; backwardExpert for each expert of routes(); inputGradient; weightGradients
 * </pre>
 *
 * <p>Each call reads the weights of one owner and adds to the gradient of that owner. Nothing above
 * or below waits for {@link #weightGradients}: it may come any time after {@link #inputGradient},
 * and before the buffers take the next micro-batch. Only where activations are recomputed it comes
 * at once, since stages share buffers there ({@link ActivationBuffers#recomputes}).
 *
 * <p>The backward writes gradients over activations that were read for the last time (decision
 * 0017); which ones is the stage's own business.
 */
public interface StagePass {
  /** What the stage hands on, [N, D]. */
  RowBuffer output();

  /** Up to the experts, or all of the forward where the stage has none. */
  void forward(Workspace workspace, ParameterSet weights);

  /** Which experts compute in this micro-batch; none where the stage has none. */
  default RoutePlan routes() {
    return RoutePlan.NONE;
  }

  /**
   * One expert on the rows that were dispatched to it.
   *
   * @param i index among the active experts of {@link #routes()}
   * @param weights of that expert
   */
  default void forwardExpert(Workspace workspace, int i, ParameterSet weights) {
    throw new IllegalStateException("the stage has no expert");
  }

  /** What comes after the experts in the forward. */
  default void combine(Workspace workspace) {}

  /** What comes before the experts in the backward. */
  default void dispatchGradient(Workspace workspace, ParameterSet weights) {}

  /**
   * The backward of one expert.
   *
   * @param i as in {@link #forwardExpert}
   */
  default void backwardExpert(
      Workspace workspace, int i, ParameterSet weights, Gradients gradients) {
    throw new IllegalStateException("the stage has no expert");
  }

  /** From the gradient of the output down to that of the input, after the experts. */
  void inputGradient(Workspace workspace, ParameterSet weights, Gradients gradients);

  /** The gradients of the weights that {@link #inputGradient} has left. */
  void weightGradients(Workspace workspace, Gradients gradients);
}
