package jingwei.model.step;

import jingwei.model.UserException;
import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;

/**
 * How a step turns gradients into new weights.
 *
 * @param adam optimizer
 * @param replicas logical replicas that share a step
 * @param delay a step reads exactly the weights of that many steps before the newest; 0 for the
 *     newest
 * @param bound a step reads weights that are at most that many steps older than the newest,
 *     whichever are there first; 0 for the newest. At most one of delay and bound is above zero
 * @param spikes what is done about steps that leave the usual range
 * @param precision what products are computed in
 */
public record StepRules(
    AdamSettings adam, int replicas, int delay, int bound, SpikeRule spikes, Precision precision) {
  public StepRules {
    if (delay < 0 || bound < 0 || (delay > 0 && bound > 0)) {
      throw new UserException(
          "delay = %d and bound = %d must not be below zero, and at most one of them may be above it."
              .formatted(delay, bound));
    }
  }

  /** No staleness, one replica, single precision. */
  public static StepRules of(AdamSettings adam) {
    return new StepRules(adam, 1, 0, 0, SpikeRule.LOGGING, Precision.FP32);
  }

  /** How many steps back weights may be read. */
  public int mostStale() {
    return Math.max(delay, bound);
  }

  /** The oldest version that a step may read: the weights as they were after this step. */
  public long oldestRead(long step) {
    return Math.max(0, step - 1 - mostStale());
  }
}
