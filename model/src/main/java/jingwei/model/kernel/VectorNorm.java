package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.COUNT;
import static jingwei.model.kernel.Lanes.broadcast;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.mask;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;

/** LayerNorm of one row of n floats, forward and backward. */
final class VectorNorm {
  private VectorNorm() {}

  static void forward(long x, long gain, long bias, long y, long statistics, int n, float epsilon) {
    float mean = sum(x, n) / n;
    float inverse = (float) (1 / Math.sqrt(sumOfSquares(x, mean, n) / n + epsilon));
    normalise(x, mean, inverse, gain, bias, y, n);
    Lanes.set(statistics, mean);
    Lanes.set(statistics + 4, inverse);
  }

  private static float sum(long x, int n) {
    FloatVector sums = broadcast(0f);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      sums = sums.add(load(x + 4L * j));
    }
    if (whole < n) {
      sums = sums.add(load(x + 4L * whole, mask(whole, n)));
    }
    return Lanes.sum(sums);
  }

  /** Sum of the squares of the distances from the mean. */
  private static float sumOfSquares(long x, float mean, int n) {
    FloatVector squares = broadcast(0f);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector d = load(x + 4L * j).sub(mean);
      squares = d.fma(d, squares);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector d = load(x + 4L * whole, m).sub(broadcast(mean), m);
      squares = d.fma(d, squares);
    }
    return Lanes.sum(squares);
  }

  private static void normalise(
      long x, float mean, float inverse, long gain, long bias, long y, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      store(normed.fma(load(gain + 4L * j), load(bias + 4L * j)), y + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      store(normed.fma(load(gain + 4L * whole, m), load(bias + 4L * whole, m)), y + 4L * whole, m);
    }
  }

  /** Adds this row's contribution to dGain and dBias, and writes dx or adds to it. */
  static void backward(
      long x,
      long statistics,
      long gain,
      long dy,
      long dx,
      boolean accumulate,
      long dGain,
      long dBias,
      int n) {
    float mean = Lanes.get(statistics);
    float inverse = Lanes.get(statistics + 4);
    addWeightGradients(x, mean, inverse, dy, dGain, dBias, n);
    float meanGradient = VectorRows.dot(dy, gain, n) / n;
    float meanProduct = productSum(x, mean, inverse, gain, dy, n) / n;
    if (!accumulate) {
      VectorRows.fill(dx, n, 0f);
    }
    addInputGradient(x, mean, inverse, gain, dy, dx, meanGradient, meanProduct, n);
  }

  private static void addWeightGradients(
      long x, float mean, float inverse, long dy, long dGain, long dBias, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      FloatVector d = load(dy + 4L * j);
      store(d.fma(normed, load(dGain + 4L * j)), dGain + 4L * j);
      store(d.add(load(dBias + 4L * j)), dBias + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      FloatVector d = load(dy + 4L * whole, m);
      store(d.fma(normed, load(dGain + 4L * whole, m)), dGain + 4L * whole, m);
      store(d.add(load(dBias + 4L * whole, m)), dBias + 4L * whole, m);
    }
  }

  /** Sum of dy * gain * normed. */
  private static float productSum(long x, float mean, float inverse, long gain, long dy, int n) {
    FloatVector sums = broadcast(0f);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      sums = load(dy + 4L * j).mul(load(gain + 4L * j)).fma(normed, sums);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      sums = load(dy + 4L * whole, m).mul(load(gain + 4L * whole, m)).fma(normed, sums);
    }
    return Lanes.sum(sums);
  }

  private static void addInputGradient(
      long x,
      float mean,
      float inverse,
      long gain,
      long dy,
      long dx,
      float meanGradient,
      float meanProduct,
      int n) {
    FloatVector product = broadcast(-meanProduct);
    FloatVector factor = broadcast(inverse);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      FloatVector d = load(dy + 4L * j).mul(load(gain + 4L * j)).sub(meanGradient);
      store(normed.fma(product, d).fma(factor, load(dx + 4L * j)), dx + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      FloatVector d = load(dy + 4L * whole, m).mul(load(gain + 4L * whole, m)).sub(meanGradient);
      store(normed.fma(product, d).fma(factor, load(dx + 4L * whole, m)), dx + 4L * whole, m);
    }
  }
}
