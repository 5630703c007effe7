package jingwei.model.optim;

import jingwei.model.UserException;

/**
 * Adam with decoupled weight decay and the hybrid epsilon of PanGu-Sigma.
 *
 * @param moments decay of the moments and epsilon
 * @param weightDecay weight decay of matrices; norms and biases do not decay. An expert decays only
 *     in steps that activate it
 * @param clipping clipping of gradients
 * @param experts rules for experts, since not every step activates each of them
 */
public record AdamSettings(
    Moments moments, double weightDecay, Clipping clipping, ExpertRules experts) {

  /**
   * @param beta1 decay of the first moment (PanGu-Sigma: 0.8)
   * @param beta2 decay of the second moment (PanGu-Sigma: 0.95)
   * @param epsilon epsilon of dense weights (PanGu-Sigma: 1e-8)
   * @param expertEpsilon epsilon of experts, whose gradients are smaller (PanGu-Sigma: 1e-20)
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
   * @param clip kind of norm that is limited
   * @param norm largest norm; 0 for no limit
   */
  public record Clipping(Clip clip, double norm) {}

  /**
   * @param inactive treatment of an expert's moments in steps that do not activate it
   * @param clock step count for the bias correction of an expert
   */
  public record ExpertRules(Inactive inactive, Clock clock) {}

  /** The norm that gradients are clipped by. */
  public enum Clip {
    /** The norm of all owners together. No owner updates before the last gradient is complete. */
    GLOBAL,
    /** The owner's own norm; owners do not wait for each other. */
    PER_OWNER,
    /**
     * The norm of all owners together in the previous step; the first step of a run is not clipped.
     * Owners do not wait for each other within a step.
     */
    PREVIOUS_NORM
  }

  /** Treatment of the moments of inactive experts. */
  public enum Inactive {
    /** Moments stay unchanged, byte for byte. */
    LAZY,
    /**
     * At the next activation, moments decay by the skipped applied steps, as if gradients had been
     * zero.
     */
    CATCH_UP
  }

  /** The meaning of t in the bias correction 1 - beta^t. */
  public enum Clock {
    /** The number of applied steps of the run, for all owners. */
    STEP,
    /** The owner's own number of updates, so the first update of a late expert is not too large. */
    UPDATES
  }

  public AdamSettings {
    if (!(weightDecay >= 0) || !(clipping.norm >= 0)) {
      throw new UserException(
          "optimizer.weightDecay = %s and optimizer.clipNorm = %s must not be below zero."
              .formatted(weightDecay, clipping.norm));
    }
  }

  /** The norm that gradients are clipped by. */
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
