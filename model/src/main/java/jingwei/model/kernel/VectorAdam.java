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

  static void update(long w, long g, long m, long v, int n, AdamStep step) {
    float scale = (float) step.gradientScale();
    float decay1 = (float) step.momentDecay1();
    float decay2 = (float) step.momentDecay2();
    float share1 = (float) (1 - step.beta1());
    float share2 = (float) (1 - step.beta2());
    float rate = (float) (-step.learningRate() / step.correction1());
    float inverse2 = (float) (1 / step.correction2());
    float epsilon = (float) step.epsilon();
    float keep = (float) (1 - step.learningRate() * step.weightDecay());
    int whole = Lanes.wholeLanes(n);
    for (int j = 0; j < whole; j += COUNT) {
      long at = 4L * j;
      FloatVector gradient = load(g + at).mul(scale);
      FloatVector first = load(m + at).mul(decay1).add(gradient.mul(share1));
      FloatVector second = load(v + at).mul(decay2).add(gradient.mul(gradient).mul(share2));
      FloatVector change = first.mul(rate).div(second.mul(inverse2).sqrt().add(epsilon));
      store(first, m + at);
      store(second, v + at);
      store(load(w + at).fma(broadcast(keep), change), w + at);
    }
    if (whole < n) {
      updateRest(w, g, m, v, whole, n, step);
    }
  }

  private static void updateRest(long w, long g, long m, long v, int whole, int n, AdamStep step) {
    float scale = (float) step.gradientScale();
    float decay1 = (float) step.momentDecay1();
    float decay2 = (float) step.momentDecay2();
    float share1 = (float) (1 - step.beta1());
    float share2 = (float) (1 - step.beta2());
    float rate = (float) (-step.learningRate() / step.correction1());
    float inverse2 = (float) (1 / step.correction2());
    float epsilon = (float) step.epsilon();
    float keep = (float) (1 - step.learningRate() * step.weightDecay());
    long at = 4L * whole;
    VectorMask<Float> in = mask(whole, n);
    FloatVector gradient = load(g + at, in).mul(scale);
    FloatVector first = load(m + at, in).mul(decay1).add(gradient.mul(share1));
    FloatVector second = load(v + at, in).mul(decay2).add(gradient.mul(gradient).mul(share2));
    FloatVector change = first.mul(rate).div(second.mul(inverse2).sqrt().add(epsilon));
    store(first, m + at, in);
    store(second, v + at, in);
    store(load(w + at, in).fma(broadcast(keep), change), w + at, in);
  }
}
