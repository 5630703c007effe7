package jingwei.model.optim;

import jingwei.model.UserException;

/**
 * Adam with decoupled weight decay and the hybrid epsilon of PanGu-Sigma.
 *
 * @param moments how first and second moment become a change of weights
 * @param weightDecay of matrices; norms and biases do not decay. An expert decays only in the steps
 *     that activate it
 * @param clipping of gradients
 * @param experts what differs for experts, which not every step activates
 */
public record AdamSettings(
    Moments moments, double weightDecay, Clipping clipping, ExpertRules experts) {

  /**
   * @param beta1 decay of the first moment (PanGu-Sigma: 0.8)
   * @param beta2 decay of the second moment (PanGu-Sigma: 0.95)
   * @param epsilon of dense weights (PanGu-Sigma: 1e-8)
   * @param expertEpsilon of experts, whose gradients are smaller (PanGu-Sigma: 1e-20)
   */
  public record Moments(double beta1, double beta2, double epsilon, double expertEpsilon) {
    public Moments {
      share("optimizer.beta1", beta1);
      share("optimizer.beta2", beta2);
      positive("optimizer.epsilon", epsilon);
      positive("optimizer.expertEpsilon", expertEpsilon);
    }
  }

  /**
   * @param clip which norm is limited
   * @param norm the largest one; 0 for no limit
   */
  public record Clipping(Clip clip, double norm) {}

  /**
   * @param inactive what happens to the moments of an expert over the steps that do not activate it
   * @param clock which count of updates the bias correction of an expert uses
   */
  public record ExpertRules(Inactive inactive, Clock clock) {}

  /** Which norm a gradient is clipped by. */
  public enum Clip {
    /** That of all owners together: nobody updates before the last gradient is there. */
    GLOBAL,
    /** The owner's own: nobody waits for anybody. */
    PER_OWNER,
    /**
     * That of all owners together in the step before; the first step of a run is not clipped.
     * Nobody waits for anybody in the same step.
     */
    PREVIOUS_NORM
  }

  /** Moments of an expert that a step does not activate. */
  public enum Inactive {
    /** Untouched: byte for byte what they were. */
    LAZY,
    /**
     * When the expert is next activated, they are decayed by the applied steps that were skipped,
     * as if its gradients had been zero.
     */
    CATCH_UP
  }

  /** What t is in the bias correction 1 - beta^t. */
  public enum Clock {
    /** Steps of the run that were applied, for all owners. */
    STEP,
    /**
     * The owner's own number of updates: the first update of a late expert has full size and no
     * more.
     */
    UPDATES
  }

  public AdamSettings {
    if (!(weightDecay >= 0) || !(clipping.norm >= 0)) {
      throw new UserException(
          "optimizer.weightDecay = %s and optimizer.clipNorm = %s must not be below zero."
              .formatted(weightDecay, clipping.norm));
    }
  }

  /** Which norm a gradient is clipped by. */
  public Clip clip() {
    return clipping.clip;
  }

  private static void share(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new UserException("%s = %s must lie in [0, 1).".formatted(key, value));
    }
  }

  private static void positive(String key, double value) {
    if (!(value > 0)) {
      throw new UserException("%s = %s must be above zero.".formatted(key, value));
    }
  }
}
