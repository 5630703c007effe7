package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.COUNT;
import static jingwei.model.kernel.Lanes.MEMORY;
import static jingwei.model.kernel.Lanes.ORDER;
import static jingwei.model.kernel.Lanes.broadcast;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.mask;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Elementwise work on one row of n floats at an address.
 *
 * <p>Methods are short, and long work has a separate method for the tail of a row, which fills no
 * vector. Beyond a certain number of nodes, the compiler stops inlining and boxes vectors.
 */
final class VectorRows {
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
      store(v.mul(Lanes.geluSigmoid(v)), y + 4L * j);
    }
    if (whole < n) {
      biasGeluTail(x + 4L * whole, bias + 4L * whole, y + 4L * whole, n - whole);
    }
  }

  private static void biasGeluTail(long x, long bias, long y, int rest) {
    VectorMask<Float> m = mask(0, rest);
    FloatVector v = load(x, m).add(load(bias, m));
    store(v, x, m);
    store(v.mul(Lanes.geluSigmoid(v)), y, m);
  }

  static void geluBackward(long x, long dy, long dx, int n) {
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector d = load(dy + 4L * j);
      // Not Lanes.store: after this much inlining, the compiler would not inline it.
      Lanes.geluDerivative(load(x + 4L * j)).mul(d).intoMemorySegment(MEMORY, dx + 4L * j, ORDER);
    }
    if (whole < n) {
      geluBackwardTail(x + 4L * whole, dy + 4L * whole, dx + 4L * whole, n - whole);
    }
  }

  private static void geluBackwardTail(long x, long dy, long dx, int rest) {
    VectorMask<Float> m = mask(0, rest);
    store(Lanes.geluDerivative(load(x, m)).mul(load(dy, m)), dx, m);
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
    float max = max(row, n);
    float targetLogit = Lanes.get(row + 4L * target);
    float sum = exponentials(row, n, 1f, -max);
    scale(row, n, scale / sum);
    Lanes.set(row + 4L * target, Lanes.get(row + 4L * target) - scale);
    return StrictMath.log(sum) + max - targetLogit;
  }

  static float max(long x, int n) {
    int whole = Lanes.wholeLanes(n);
    FloatVector maxima = broadcast(Float.NEGATIVE_INFINITY);
    for (int j = 0; j < whole; j += COUNT) {
      maxima = maxima.max(load(x + 4L * j));
    }
    float max = Lanes.max(maxima);
    for (int j = whole; j < n; j++) {
      max = Math.max(max, Lanes.get(x + 4L * j));
    }
    return max;
  }

  /** x = exp(factor * x + shift); returns the sum. */
  static float exponentials(long x, int n, float factor, float shift) {
    FloatVector factors = broadcast(factor);
    FloatVector shifts = broadcast(shift);
    FloatVector sums = broadcast(0f);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector e = Lanes.exp(load(x + 4L * j).fma(factors, shifts));
      sums = sums.add(e);
      store(e, x + 4L * j);
    }
    float tail = whole < n ? exponentialsTail(x + 4L * whole, n - whole, factor, shift) : 0f;
    return Lanes.sum(sums) + tail;
  }

  private static float exponentialsTail(long x, int rest, float factor, float shift) {
    VectorMask<Float> m = mask(0, rest);
    FloatVector e = Lanes.exp(load(x, m).fma(broadcast(factor), broadcast(shift)));
    store(e, x, m);
    return Lanes.sum(e.blend(0f, m.not()));
  }

  /**
   * Recomputes the probabilities, p = exp(scale * p - logSumExp), and turns the gradient of the
   * probabilities into that of the scores, d = p * (d - dot) * scale.
   */
  static void softmaxGradient(long p, long d, int n, float scale, float logSumExp, float dot) {
    FloatVector factor = broadcast(scale);
    FloatVector shift = broadcast(-logSumExp);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector e = Lanes.exp(load(p + 4L * j).fma(factor, shift));
      e.intoMemorySegment(MEMORY, p + 4L * j, ORDER);
      load(d + 4L * j).sub(dot).mul(e).mul(factor).intoMemorySegment(MEMORY, d + 4L * j, ORDER);
    }
    if (whole < n) {
      softmaxGradientTail(p + 4L * whole, d + 4L * whole, n - whole, scale, logSumExp, dot);
    }
  }

  private static void softmaxGradientTail(
      long p, long d, int rest, float scale, float logSumExp, float dot) {
    VectorMask<Float> m = mask(0, rest);
    FloatVector e = Lanes.exp(load(p, m).fma(broadcast(scale), broadcast(-logSumExp)));
    store(e, p, m);
    store(load(d, m).sub(dot).mul(e).mul(broadcast(scale)), d, m);
  }

  /** x = factor * x. */
  static void scale(long x, int n, float factor) {
    FloatVector factors = broadcast(factor);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      store(load(x + 4L * j).mul(factors), x + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      store(load(x + 4L * whole, m).mul(factors), x + 4L * whole, m);
    }
  }

  static float dot(long x, long y, int n) {
    FloatVector sums = broadcast(0f);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      sums = load(x + 4L * j).fma(load(y + 4L * j), sums);
    }
    if (whole < n) {
      var m = mask(whole, n);
      sums = load(x + 4L * whole, m).fma(load(y + 4L * whole, m), sums);
    }
    return Lanes.sum(sums);
  }
}
