package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.memory.Matrix;

/** y = x W + b with W stored [inputs, outputs]. */
public final class Linear {
  private final int weight;
  private final int bias;

  /**
   * @param name the layer's name within its owner
   * @param deviation standard deviation of the initial weights; the bias starts at zero
   */
  public Linear(
      ParameterLayout.Builder layout, String name, int inputs, int outputs, double deviation) {
    weight = layout.weight(name + ".weight", inputs, outputs, deviation);
    bias = layout.vector(name + ".bias", outputs, 0);
  }

  /** y [N, outputs] = x [N, inputs] W + b. */
  public void forward(Kernels kernels, ParameterSet weights, Matrix x, Matrix y) {
    kernels.broadcastRow(weights.get(bias), y);
    kernels.multiply(x, false, weights.get(weight), false, y, true);
  }

  /** y = residual + x W + b. */
  public void forward(Kernels kernels, ParameterSet weights, Matrix x, Matrix residual, Matrix y) {
    kernels.addRow(residual, weights.get(bias), y);
    kernels.multiply(x, false, weights.get(weight), false, y, true);
  }

  /** y = x W; the caller adds {@link #bias}, fused with its next operation. */
  public void forwardWithoutBias(Kernels kernels, ParameterSet weights, Matrix x, Matrix y) {
    kernels.multiply(x, false, weights.get(weight), false, y, false);
  }

  public Matrix bias(ParameterSet weights) {
    return weights.get(bias);
  }

  /** dx = dy W^T. */
  public void inputGradient(Kernels kernels, ParameterSet weights, Matrix dy, Matrix dx) {
    kernels.multiply(dy, false, weights.get(weight), true, dx, false);
  }

  /**
   * Computes the gradients of W and b.
   *
   * @param accumulate adds to the gradients instead of replacing them
   */
  public void weightGradients(
      Kernels kernels, ParameterSet gradients, Matrix x, Matrix dy, boolean accumulate) {
    kernels.multiply(x, true, dy, false, gradients.get(weight), accumulate);
    kernels.sumRows(dy, gradients.get(bias), accumulate);
  }
}
