package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * Two linear layers with a GELU between them: the feed-forward of a dense block, and the whole of
 * an expert.
 */
public final class FeedForward {
  private final Linear up;
  private final Linear down;

  /**
   * @param prefix of the names, {@code ""} or ending in a dot
   * @param downDeviation initial deviation of the second linear, which writes to the residual
   *     stream
   */
  public FeedForward(
      ParameterLayout.Builder layout,
      String prefix,
      int width,
      int innerWidth,
      double upDeviation,
      double downDeviation) {
    up = new Linear(layout, prefix + "up", width, innerWidth, upDeviation);
    down = new Linear(layout, prefix + "down", innerWidth, width, downDeviation);
  }

  /**
   * Activations that the backward needs.
   *
   * @param inner [N, F], input of the GELU
   * @param activated [N, F], its output
   */
  public record Activations(Matrix inner, Matrix activated) {
    public Activations rows(int from, int to) {
      return new Activations(inner.rows(from, to), activated.rows(from, to));
    }
  }

  /** Memory for the activations, for up to a fixed number of tokens. */
  public static final class Buffers {
    private final RowBuffer inner;
    private final RowBuffer activated;

    public Buffers(ElementType type, int maxTokens, int innerWidth, NativeMemory memory) {
      inner = new RowBuffer(type, maxTokens, innerWidth, memory);
      activated = new RowBuffer(type, maxTokens, innerWidth, memory);
    }

    public Activations rows(int n) {
      return new Activations(inner.rows(n), activated.rows(n));
    }
  }

  /** y [N, D] = feed-forward of x [N, D]. */
  public void forward(
      Kernels kernels, ParameterSet weights, Matrix x, Activations activations, Matrix y) {
    activate(kernels, weights, x, activations);
    down.forward(kernels, weights, activations.activated, y);
  }

  /** y = residual + feed-forward of x. */
  public void forward(
      Kernels kernels,
      ParameterSet weights,
      Matrix x,
      Matrix residual,
      Activations activations,
      Matrix y) {
    activate(kernels, weights, x, activations);
    down.forward(kernels, weights, activations.activated, residual, y);
  }

  /**
   * Writes dx, and overwrites the inner activation with its gradient.
   *
   * @param dInner scratch [N, F]
   */
  void inputGradient(
      Kernels kernels,
      ParameterSet weights,
      Activations activations,
      Matrix dy,
      Matrix dInner,
      Matrix dx) {
    down.inputGradient(kernels, weights, dy, dInner);
    kernels.geluBackward(activations.inner, dInner, activations.inner);
    up.inputGradient(kernels, weights, activations.inner, dx);
  }

  /** Computes the gradients of the weights, after {@link #inputGradient}. */
  void weightGradients(
      Kernels kernels,
      ParameterSet gradients,
      Matrix x,
      Activations activations,
      Matrix dy,
      boolean accumulate) {
    down.weightGradients(kernels, gradients, activations.activated, dy, accumulate);
    up.weightGradients(kernels, gradients, x, activations.inner, accumulate);
  }

  /**
   * Adds to the gradients, writes dx, and overwrites the inner activation.
   *
   * @param dx may be dy
   * @param dInner scratch [N, F]
   */
  public void backward(
      Kernels kernels,
      ParameterSet weights,
      Gradients gradients,
      Matrix x,
      Activations activations,
      Matrix dy,
      Matrix dInner,
      Matrix dx) {
    ParameterSet sums = gradients.values();
    boolean accumulate = gradients.isStarted();
    down.weightGradients(kernels, sums, activations.activated, dy, accumulate);
    inputGradient(kernels, weights, activations, dy, dInner, dx);
    up.weightGradients(kernels, sums, x, activations.inner, accumulate);
  }

  /** Computes only the first linear layer and the GELU: the activations that the backward needs. */
  public void activate(Kernels kernels, ParameterSet weights, Matrix x, Activations activations) {
    up.forwardWithoutBias(kernels, weights, x, activations.inner);
    kernels.biasGelu(activations.inner, up.bias(weights), activations.activated);
  }
}
