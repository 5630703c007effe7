package jingwei.model.step;

import java.util.Optional;

/**
 * The verdict on a measured step.
 *
 * @param decision the step decision: whether and how owners apply the step
 * @param loss mean over the target tokens, in nats
 * @param norm gradient norm of all owners together, before clipping
 * @param spike the limits that the loss or the norm exceeds; empty if the step is not a spike
 */
public record Verdict(
    StepDecision decision, double loss, double norm, Optional<SpikeRule.Limits> spike) {
  public boolean isApplied() {
    return !decision.isRefused();
  }

  /** True if the step is not finite or is a spike. */
  public boolean isBad() {
    return !Double.isFinite(loss) || !Double.isFinite(norm) || spike.isPresent();
  }
}
