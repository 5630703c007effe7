package jingwei.model.optim;

import jingwei.model.UserException;

/**
 * Learning rate as a function of the step.
 *
 * @param shape of the decay after the warm-up
 * @param peak reached at the end of the warm-up
 * @param end reached at the last step, and kept from there on
 * @param warmupSteps steps of linear rise; at most half of all steps are used
 * @param steps number of steps of the whole schedule
 * @param decayShare share of all steps, at the end, in which {@link Shape#WSD} decays; limited to
 *     the steps after the warm-up
 */
public record LearningRate(
    Shape shape, double peak, double end, long warmupSteps, long steps, double decayShare) {

  /** How the rate falls. */
  public enum Shape {
    /** Half a cosine from peak to end. */
    COSINE,
    /** Warm-up, stable, decay: constant at the peak, then a straight line to the end. */
    WSD
  }

  public LearningRate {
    if (!(peak > 0) || !(end >= 0) || end > peak) {
      throw new UserException(
          "learningRate.peak = %s must be above zero and not below learningRate.end = %s."
              .formatted(peak, end));
    }
    if (warmupSteps < 0 || steps <= 0) {
      throw new UserException(
          "learningRate.warmupSteps = %d must not be below zero, and steps = %d must be above zero."
              .formatted(warmupSteps, steps));
    }
    if (!(decayShare > 0 && decayShare <= 1)) {
      throw new UserException(
          "learningRate.decayShare = %s must lie in (0, 1].".formatted(decayShare));
    }
  }

  /** The same over another number of steps. */
  public LearningRate over(long otherSteps) {
    return new LearningRate(shape, peak, end, warmupSteps, otherSteps, decayShare);
  }

  /**
   * @param step counted from 1
   */
  public double at(long step) {
    long warmup = Math.min(warmupSteps, steps / 2);
    if (step <= warmup) {
      return peak * step / warmup;
    }
    if (step >= steps) {
      return end;
    }
    return switch (shape) {
      case COSINE -> {
        double done = (step - warmup) / (double) (steps - warmup);
        yield end + (peak - end) * 0.5 * (1 + StrictMath.cos(Math.PI * done));
      }
      case WSD -> {
        double decaySteps = Math.max(1, Math.min(decayShare * steps, (double) (steps - warmup)));
        double left = (steps - step) / decaySteps;
        yield left >= 1 ? peak : end + (peak - end) * left;
      }
    };
  }
}
