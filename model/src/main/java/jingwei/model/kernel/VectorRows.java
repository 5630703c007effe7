package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.COUNT;
import static jingwei.model.kernel.Lanes.broadcast;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.mask;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;

/** Elementwise work on one row of n floats at an address. */
final class VectorRows {
  private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);
  private static final float CUBIC = 0.044715f;

  private VectorRows() {}

  static void fill(long y, int n, float value) {
    FloatVector v = broadcast(value);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      store(v, y + 4L * j);
    }
    if (whole < n) {
      store(v, y + 4L * whole, mask(whole, n));
    }
  }

  static void copy(long x, long y, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      store(load(x + 4L * j), y + 4L * j);
    }
    if (whole < n) {
      store(load(x + 4L * whole, mask(whole, n)), y + 4L * whole, mask(whole, n));
    }
  }

  /** z = x + y; z may be x or y. */
  static void add(long x, long y, long z, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      store(load(x + 4L * j).add(load(y + 4L * j)), z + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      store(load(x + 4L * whole, m).add(load(y + 4L * whole, m)), z + 4L * whole, m);
    }
  }

  static void biasGelu(long x, long bias, long y, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector v = load(x + 4L * j).add(load(bias + 4L * j));
      store(v, x + 4L * j);
      store(v.mul(sigmoid(v)), y + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector v = load(x + 4L * whole, m).add(load(bias + 4L * whole, m));
      store(v, x + 4L * whole, m);
      store(v.mul(sigmoid(v)), y + 4L * whole, m);
    }
  }

  static void geluBackward(long x, long dy, long dx, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      store(geluDerivative(load(x + 4L * j)).mul(load(dy + 4L * j)), dx + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      store(
          geluDerivative(load(x + 4L * whole, m)).mul(load(dy + 4L * whole, m)),
          dx + 4L * whole,
          m);
    }
  }

  /**
   * sigmoid(2u) with u = sqrt(2/pi) (x + 0.044715 x^3): gelu-tanh is x times this, without a tanh.
   */
  private static FloatVector sigmoid(FloatVector x) {
    FloatVector u =
        x.mul(x).fma(broadcast(-2 * SQRT_2_OVER_PI * CUBIC), broadcast(-2 * SQRT_2_OVER_PI)).mul(x);
    return broadcast(1f).div(Lanes.exp(u).add(1f));
  }

  private static FloatVector geluDerivative(FloatVector x) {
    FloatVector s = sigmoid(x);
    FloatVector slope =
        x.mul(x).fma(broadcast(6 * SQRT_2_OVER_PI * CUBIC), broadcast(2 * SQRT_2_OVER_PI)).mul(x);
    return s.mul(broadcast(1f).sub(s)).fma(slope, s);
  }

  static double sumOfSquares(long x, int n) {
    FloatVector sums = broadcast(0f);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector v = load(x + 4L * j);
      sums = v.fma(v, sums);
    }
    if (whole < n) {
      FloatVector v = load(x + 4L * whole, mask(whole, n));
      sums = v.fma(v, sums);
    }
    return Lanes.sum(sums);
  }

  /** Turns logits into the gradient of scale * loss and returns the loss. */
  static double crossEntropy(long row, int n, int target, float scale) {
    int whole = Lanes.wholeLanes(n);
    FloatVector maxima = broadcast(Float.NEGATIVE_INFINITY);
    for (int j = 0; j < whole; j += COUNT) {
      maxima = maxima.max(load(row + 4L * j));
    }
    float max = Lanes.max(maxima);
    for (int j = whole; j < n; j++) {
      max = Math.max(max, Lanes.get(row + 4L * j));
    }
    float targetLogit = Lanes.get(row + 4L * target);
    FloatVector sums = broadcast(0f);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector e = Lanes.exp(load(row + 4L * j).sub(max));
      sums = sums.add(e);
      store(e, row + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector e = Lanes.exp(load(row + 4L * whole, m).sub(max));
      sums = sums.add(e, m);
      store(e, row + 4L * whole, m);
    }
    float sum = Lanes.sum(sums);
    FloatVector factor = broadcast(scale / sum);
    for (int j = 0; j < whole; j += COUNT) {
      store(load(row + 4L * j).mul(factor), row + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      store(load(row + 4L * whole, m).mul(factor), row + 4L * whole, m);
    }
    Lanes.set(row + 4L * target, Lanes.get(row + 4L * target) - scale);
    return StrictMath.log(sum) + max - targetLogit;
  }
}
