package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.COUNT;
import static jingwei.model.kernel.Lanes.broadcast;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.mask;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** One pass over weights, gradients and both moments: 28 bytes a weight, bounded by memory. */
final class VectorAdam {
  private VectorAdam() {}

  /** The constants of a step as the loops need them. */
  private record Constants(
      float scale,
      float decay1,
      float decay2,
      float share1,
      float share2,
      float rate,
      float inverse2,
      float epsilon,
      float keep) {
    static Constants of(AdamStep step) {
      return new Constants(
          (float) step.gradientScale(),
          (float) step.momentDecay1(),
          (float) step.momentDecay2(),
          (float) (1 - step.beta1()),
          (float) (1 - step.beta2()),
          (float) (-step.learningRate() / step.correction1()),
          (float) (1 / step.correction2()),
          (float) step.epsilon(),
          (float) (1 - step.learningRate() * step.weightDecay()));
    }
  }

  static void update(long w, long g, long m, long v, int n, AdamStep step) {
    Constants c = Constants.of(step);
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      long at = 4L * j;
      FloatVector gradient = load(g + at).mul(c.scale);
      FloatVector first = load(m + at).mul(c.decay1).add(gradient.mul(c.share1));
      FloatVector second = load(v + at).mul(c.decay2).add(gradient.mul(gradient).mul(c.share2));
      FloatVector change = first.mul(c.rate).div(second.mul(c.inverse2).sqrt().add(c.epsilon));
      store(first, m + at);
      store(second, v + at);
      store(load(w + at).fma(broadcast(c.keep), change), w + at);
    }
    if (whole < n) {
      updateRest(w + 4L * whole, g + 4L * whole, m + 4L * whole, v + 4L * whole, n - whole, c);
    }
  }

  private static void updateRest(long w, long g, long m, long v, int rest, Constants c) {
    VectorMask<Float> in = mask(0, rest);
    FloatVector gradient = load(g, in).mul(c.scale);
    FloatVector first = load(m, in).mul(c.decay1).add(gradient.mul(c.share1));
    FloatVector second = load(v, in).mul(c.decay2).add(gradient.mul(gradient).mul(c.share2));
    FloatVector change = first.mul(c.rate).div(second.mul(c.inverse2).sqrt().add(c.epsilon));
    store(first, m, in);
    store(second, v, in);
    store(load(w, in).fma(broadcast(c.keep), change), w, in);
  }
}
