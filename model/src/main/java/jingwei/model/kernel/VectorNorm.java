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
    int whole = Lanes.wholeLanes(n);
    FloatVector sums = broadcast(0f);
    for (int j = 0; j < whole; j += COUNT) {
      sums = sums.add(load(x + 4L * j));
    }
    if (whole < n) {
      sums = sums.add(load(x + 4L * whole, mask(whole, n)));
    }
    float mean = Lanes.sum(sums) / n;
    FloatVector squares = broadcast(0f);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector d = load(x + 4L * j).sub(mean);
      squares = d.fma(d, squares);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector d = load(x + 4L * whole, m).sub(broadcast(mean), m);
      squares = d.fma(d, squares);
    }
    float inverse = (float) (1 / Math.sqrt(Lanes.sum(squares) / n + epsilon));
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      store(normed.fma(load(gain + 4L * j), load(bias + 4L * j)), y + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      store(normed.fma(load(gain + 4L * whole, m), load(bias + 4L * whole, m)), y + 4L * whole, m);
    }
    Lanes.set(statistics, mean);
    Lanes.set(statistics + 4, inverse);
  }

  /** Adds this row's share to dGain and dBias and writes, or adds to, dx. */
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
    int whole = Lanes.wholeLanes(n);
    FloatVector gradients = broadcast(0f);
    FloatVector products = broadcast(0f);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      FloatVector d = load(dy + 4L * j);
      store(d.fma(normed, load(dGain + 4L * j)), dGain + 4L * j);
      store(d.add(load(dBias + 4L * j)), dBias + 4L * j);
      FloatVector dNormed = d.mul(load(gain + 4L * j));
      gradients = gradients.add(dNormed);
      products = dNormed.fma(normed, products);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      FloatVector d = load(dy + 4L * whole, m);
      store(d.fma(normed, load(dGain + 4L * whole, m)), dGain + 4L * whole, m);
      store(d.add(load(dBias + 4L * whole, m)), dBias + 4L * whole, m);
      FloatVector dNormed = d.mul(load(gain + 4L * whole, m));
      gradients = gradients.add(dNormed);
      products = dNormed.fma(normed, products);
    }
    float meanGradient = Lanes.sum(gradients) / n;
    FloatVector meanProduct = broadcast(-Lanes.sum(products) / n);
    for (int j = 0; j < whole; j += COUNT) {
      FloatVector normed = load(x + 4L * j).sub(mean).mul(inverse);
      FloatVector dNormed = load(dy + 4L * j).mul(load(gain + 4L * j));
      FloatVector d = normed.fma(meanProduct, dNormed.sub(meanGradient)).mul(inverse);
      store(accumulate ? d.add(load(dx + 4L * j)) : d, dx + 4L * j);
    }
    if (whole < n) {
      var m = mask(whole, n);
      FloatVector normed = load(x + 4L * whole, m).sub(mean).mul(inverse);
      FloatVector dNormed = load(dy + 4L * whole, m).mul(load(gain + 4L * whole, m));
      FloatVector d = normed.fma(meanProduct, dNormed.sub(meanGradient)).mul(inverse);
      store(accumulate ? d.add(load(dx + 4L * whole, m)) : d, dx + 4L * whole, m);
    }
  }
}
