package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.COUNT;
import static jingwei.model.kernel.Lanes.broadcast;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.mask;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Adam in one pass over weights, gradients and both moments; memory-bound at 28 bytes per weight.
 */
final class VectorAdam {
  private VectorAdam() {}

  /** The constants of a step, prepared for the loops. */
  private static final class Constants {
    final float scale;
    final float decay1;
    final float decay2;
    final float share1;
    final float share2;
    final float rate;
    final float inverse2;
    final float epsilon;
    final float keep;

    Constants(AdamStep step) {
      scale = (float) step.gradientScale();
      decay1 = (float) step.first().decay();
      decay2 = (float) step.second().decay();
      share1 = (float) (1 - step.first().beta());
      share2 = (float) (1 - step.second().beta());
      rate = (float) (-step.learningRate() / step.first().correction());
      inverse2 = (float) (1 / step.second().correction());
      epsilon = (float) step.epsilon();
      keep = (float) (1 - step.learningRate() * step.weightDecay());
    }
  }

  static void update(long w, long g, long m, long v, int n, AdamStep step) {
    Constants c = new Constants(step);
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
