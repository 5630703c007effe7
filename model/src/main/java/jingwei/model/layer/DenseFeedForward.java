package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The feed-forward half of a dense pre-norm block: y = x + feedForward(LayerNorm(x)), shared by all
 * domains.
 */
public final class DenseFeedForward {
  private final int width;
  private final int innerWidth;
  private final LayerNorm norm;
  private final FeedForward feedForward;

  public DenseFeedForward(
      ParameterLayout.Builder layout,
      int width,
      int innerWidth,
      double deviation,
      double outputDeviation) {
    this.width = width;
    this.innerWidth = innerWidth;
    norm = new LayerNorm(layout, "feedForward.norm", width);
    feedForward =
        new FeedForward(layout, "feedForward.", width, innerWidth, deviation, outputDeviation);
  }

  /** Activations that the backward needs, for up to a fixed number of tokens. */
  public static final class Activations {
    private final RowBuffer statistics;
    private final RowBuffer normed;
    private final FeedForward.Buffers inner;

    Activations(ElementType type, int maxTokens, int width, int innerWidth, NativeMemory memory) {
      statistics = new RowBuffer(type, maxTokens, 2, memory);
      normed = new RowBuffer(type, maxTokens, width, memory);
      inner = new FeedForward.Buffers(type, maxTokens, innerWidth, memory);
    }
  }

  public Activations newActivations(ElementType type, int maxTokens, NativeMemory memory) {
    return new Activations(type, maxTokens, width, innerWidth, memory);
  }

  public void forward(
      Kernels kernels, ParameterSet weights, Activations activations, Matrix x, Matrix y) {
    Matrix normed = normalise(kernels, weights, activations, x);
    feedForward.forward(kernels, weights, normed, x, activations.inner.rows(x.rows()), y);
  }

  /** Recomputes the activations that the backward needs. */
  public void activate(Kernels kernels, ParameterSet weights, Activations activations, Matrix x) {
    Matrix normed = normalise(kernels, weights, activations, x);
    feedForward.activate(kernels, weights, normed, activations.inner.rows(x.rows()));
  }

  private Matrix normalise(
      Kernels kernels, ParameterSet weights, Activations activations, Matrix x) {
    Matrix normed = activations.normed.rows(x.rows());
    norm.forward(kernels, weights, x, normed, activations.statistics.rows(x.rows()));
    return normed;
  }

  /**
   * Computes the gradient of x and adds to the gradients of the norm. Overwrites activations that
   * are no longer read with values that {@link #weightGradients} needs.
   *
   * @param y the output of the forward, [N, D]; replaced by its gradient
   * @param gradient the gradient of y; replaced by that of x, [N, D]
   */
  public void inputGradient(
      Kernels kernels,
      ParameterSet weights,
      Gradients gradients,
      Activations activations,
      Matrix x,
      Matrix y,
      Matrix gradient,
      FeedForwardScratch scratch) {
    int n = x.rows();
    Matrix dNormed = scratch.dNormed(n);
    kernels.copy(gradient, y);
    feedForward.inputGradient(
        kernels, weights, activations.inner.rows(n), gradient, scratch.dInner(n), dNormed);
    norm.backwardInto(
        kernels, weights, gradients, x, activations.statistics.rows(n), dNormed, gradient, true);
  }

  /**
   * Adds to the gradients of the linear layers; may run any time after {@link #inputGradient}.
   *
   * @param dy the gradient that {@link #inputGradient} wrote to y, [N, D]
   */
  public void weightGradients(
      Kernels kernels, Gradients gradients, Activations activations, Matrix dy) {
    int n = dy.rows();
    feedForward.weightGradients(
        kernels,
        gradients.values(),
        activations.normed.rows(n),
        activations.inner.rows(n),
        dy,
        gradients.areLinearsStarted());
  }
}
