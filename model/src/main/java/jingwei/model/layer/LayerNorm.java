package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.memory.Matrix;

/** LayerNorm over the features of each token (Ba et al. 2016), with gain and bias. */
public final class LayerNorm {
  /** Added to the variance (PanGu-alpha code: 1e-5). */
  public static final double EPSILON = 1e-5;

  private final int gain;
  private final int bias;

  public LayerNorm(ParameterLayout.Builder layout, String name, int width) {
    gain = layout.vector(name + ".gain", width, 1);
    bias = layout.vector(name + ".bias", width, 0);
  }

  /**
   * @param statistics [N, 2], kept for the backward
   */
  public void forward(
      Kernels kernels, ParameterSet weights, Matrix x, Matrix y, Matrix statistics) {
    kernels.layerNorm(x, weights.get(gain), weights.get(bias), EPSILON, y, statistics);
  }

  /**
   * Adds to the gradients of gain and bias. Adds the gradient of x to dx, which already holds the
   * gradient of the residual path.
   */
  public void backwardInto(
      Kernels kernels,
      ParameterSet weights,
      Gradients gradients,
      Matrix x,
      Matrix statistics,
      Matrix dy,
      Matrix dx,
      boolean accumulateInput) {
    kernels.layerNormBackward(
        x,
        statistics,
        weights.get(gain),
        dy,
        dx,
        accumulateInput,
        gradients.values().get(gain),
        gradients.values().get(bias),
        gradients.isStarted());
  }
}
