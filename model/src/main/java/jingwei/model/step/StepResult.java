package jingwei.model.step;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import jingwei.model.loss.DomainLoss;

/**
 * What one step came to.
 *
 * @param step counted from 1
 * @param applied false if the step was refused, because its loss or norm was not finite or left the
 *     usual range; then no weight changed
 * @param loss mean over the target tokens, in nats
 * @param tokens input tokens
 * @param learningRate of the step
 * @param gradNorm of all owners together, before clipping
 * @param activeExperts experts that got at least one token, all layers together
 * @param domains tallies of each domain, by domain index
 * @param expertVersions updates that each activated expert has seen, by owner name
 * @param stalenessMax steps by which the oldest weights that were read are older than the newest
 * @param spike the limits that its loss or norm left; empty for a usual step
 */
public record StepResult(
    long step,
    boolean applied,
    double loss,
    int tokens,
    double learningRate,
    double gradNorm,
    int activeExperts,
    List<DomainLoss> domains,
    SortedMap<String, Long> expertVersions,
    int stalenessMax,
    Optional<SpikeRule.Limits> spike) {
  public StepResult {
    domains = List.copyOf(domains);
    expertVersions = Collections.unmodifiableSortedMap(expertVersions);
  }

  /** Whether the step by itself is a reason to refuse it. */
  public boolean isBad() {
    return !Double.isFinite(loss) || !Double.isFinite(gradNorm) || spike.isPresent();
  }
}
