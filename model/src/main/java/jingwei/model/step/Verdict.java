package jingwei.model.step;

import java.util.Optional;

/**
 * What a measured step is judged to be.
 *
 * @param decision whether and how owners apply it
 * @param loss mean over the target tokens, in nats
 * @param norm gradient norm of all owners together, before clipping
 * @param spike the limits that the loss or the norm left; empty for a usual step
 */
public record Verdict(
    StepDecision decision, double loss, double norm, Optional<SpikeRule.Limits> spike) {
  public boolean isApplied() {
    return !decision.isRefused();
  }

  /** Whether the step by itself is a reason to refuse it. */
  public boolean isBad() {
    return !Double.isFinite(loss) || !Double.isFinite(norm) || spike.isPresent();
  }
}
