package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * The feed-forward half of an RRE block, without its experts: y = x + expert[route(domain,
 * token)](LayerNorm(x)).
 *
 * <p>The owner of this half dispatches rows sorted by expert. The owners of the experts compute
 * them, and this half puts the results back in token order. There is no gate factor, no dropped
 * token and no padding (2303.10845; reference notes sections 2.3 and 3.3).
 */
public final class RoutedFeedForward {
  private final int width;
  private final LayerNorm norm;

  public RoutedFeedForward(ParameterLayout.Builder layout, int width) {
    this.width = width;
    norm = new LayerNorm(layout, "feedForward.norm", width);
  }

  /** Activations that the backward needs, for up to a fixed number of tokens. */
  public static final class Activations {
    private final RowBuffer statistics;
    private final RowBuffer normed;
    private final RowBuffer sorted;
    private final RowBuffer exchanged;

    Activations(ElementType type, int maxTokens, int width, NativeMemory memory) {
      statistics = new RowBuffer(type, maxTokens, 2, memory);
      normed = new RowBuffer(type, maxTokens, width, memory);
      sorted = new RowBuffer(type, maxTokens, width, memory);
      exchanged = new RowBuffer(type, maxTokens, width, memory);
    }

    /** The normalised rows, in token order, [N, D]. */
    public Matrix normed(int n) {
      return normed.rows(n);
    }

    /** Inputs of the experts, sorted by expert, [N, D]. */
    public Matrix sorted(int n) {
      return sorted.rows(n);
    }

    /**
     * Rows exchanged with the experts, in the same order, [N, D]. In the forward they are the
     * outputs of the experts. In the backward they are the gradients of those outputs, which each
     * expert replaces by the gradients of its inputs.
     */
    public Matrix exchanged(int n) {
      return exchanged.rows(n);
    }
  }

  public Activations newActivations(ElementType type, int maxTokens, NativeMemory memory) {
    return new Activations(type, maxTokens, width, memory);
  }

  /** Fills {@link Activations#normed}, which does not depend on the routes. */
  public void normalise(Kernels kernels, ParameterSet weights, Activations activations, Matrix x) {
    int n = x.rows();
    norm.forward(kernels, weights, x, activations.normed.rows(n), activations.statistics.rows(n));
  }

  /** Fills {@link Activations#sorted} from {@link Activations#normed}. */
  public void sort(Kernels kernels, Activations activations, RoutePlan plan) {
    int n = plan.numTokens();
    kernels.gatherRows(activations.normed.rows(n), plan.order(), 0, activations.sorted.rows(n));
  }

  /** Both: fills {@link Activations#sorted} from x. */
  public void dispatch(
      Kernels kernels, ParameterSet weights, Activations activations, RoutePlan plan, Matrix x) {
    normalise(kernels, weights, activations, x);
    sort(kernels, activations, plan);
  }

  /** y = x + the rows that the experts wrote into {@link Activations#exchanged}. */
  public void combine(
      Kernels kernels, Activations activations, RoutePlan plan, Matrix x, Matrix y) {
    kernels.copy(x, y);
    kernels.gatherAddRows(activations.exchanged.rows(x.rows()), plan.place(), 0, y);
  }

  /** Fills {@link Activations#exchanged} from the gradient of y. */
  public void dispatchGradient(
      Kernels kernels, Activations activations, RoutePlan plan, Matrix gradient) {
    kernels.gatherRows(gradient, plan.order(), 0, activations.exchanged.rows(gradient.rows()));
  }

  /**
   * Completes the gradient of x with the rows that the experts wrote into {@link
   * Activations#exchanged}, and adds to the gradients of the norm.
   *
   * @param gradient the gradient of y; replaced by that of x, [N, D]
   */
  public void combineGradient(
      Kernels kernels,
      ParameterSet weights,
      Gradients gradients,
      Activations activations,
      RoutePlan plan,
      Matrix x,
      Matrix gradient,
      FeedForwardScratch scratch) {
    int n = x.rows();
    Matrix dNormed = scratch.dNormed(n);
    kernels.gatherRows(activations.exchanged.rows(n), plan.place(), 0, dNormed);
    norm.backwardInto(
        kernels, weights, gradients, x, activations.statistics.rows(n), dNormed, gradient, true);
  }
}
