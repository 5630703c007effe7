package jingwei.model.step;

import jingwei.model.UserException;
import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;

/**
 * The rules of a step: how gradients become new weights.
 *
 * @param adam settings of the optimizer
 * @param replicas number of logical replicas that share a step
 * @param delay fixed staleness: a step reads the weights from exactly this many steps before the
 *     newest
 * @param bound bounded staleness: a step reads weights that are at most this many steps older than
 *     the newest. At most one of delay and bound is above zero
 * @param spikes rule for spikes
 * @param precision precision of matrix products
 * @param order in which gradients are added up
 */
public record StepRules(
    AdamSettings adam,
    int replicas,
    int delay,
    int bound,
    SpikeRule spikes,
    Precision precision,
    SumOrder order) {
  public StepRules {
    if (delay < 0 || bound < 0 || (delay > 0 && bound > 0)) {
      throw new UserException(
          "delay = %d and bound = %d must not be below zero, and at most one of them may be above it."
              .formatted(delay, bound));
    }
  }

  /** Rules with the fixed order. */
  public StepRules(
      AdamSettings adam,
      int replicas,
      int delay,
      int bound,
      SpikeRule spikes,
      Precision precision) {
    this(adam, replicas, delay, bound, spikes, precision, SumOrder.FIXED);
  }

  /** No staleness, one replica, single precision. */
  public static StepRules of(AdamSettings adam) {
    return new StepRules(adam, 1, 0, 0, SpikeRule.LOGGING, Precision.FP32);
  }

  /** The same with another order of sums. */
  public StepRules in(SumOrder other) {
    return new StepRules(adam, replicas, delay, bound, spikes, precision, other);
  }

  /** Largest staleness of weights, in steps. */
  public int mostStale() {
    return Math.max(delay, bound);
  }

  /** Most versions of the weights that are read at once: the newest, and older ones. */
  public int versions() {
    return mostStale() + 1;
  }

  /**
   * Most steps that are open at once: one for each version that is read, and one whose last owners
   * are still updated.
   */
  public int openSteps() {
    return mostStale() + 2;
  }

  /** The oldest version that a step may read, as the step that made it. */
  public long oldestRead(long step) {
    return Math.max(0, step - 1 - mostStale());
  }
}
