package jingwei.model.step;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.model.loss.DomainLoss;

/**
 * The result of one step.
 *
 * @param verdict loss, norm, and whether the step was applied; a refused step changed no weight
 * @param tokens number of input tokens
 * @param domains losses of each domain, by domain index
 * @param expertVersions number of updates of each activated expert, by owner name
 * @param stalenessMax staleness of the oldest weights that were read, in steps
 */
public record StepResult(
    Verdict verdict,
    int tokens,
    List<DomainLoss> domains,
    SortedMap<String, Long> expertVersions,
    int stalenessMax) {
  public StepResult {
    domains = List.copyOf(domains);
    expertVersions = Collections.unmodifiableSortedMap(new TreeMap<>(expertVersions));
  }

  /**
   * @param oldestRead the oldest version that an owner read, as the step that made it
   */
  public static StepResult of(
      Verdict verdict,
      int tokens,
      List<DomainLoss> domains,
      SortedMap<String, Long> expertVersions,
      long oldestRead) {
    int stalenessMax = Math.toIntExact(verdict.decision().step() - 1 - oldestRead);
    return new StepResult(verdict, tokens, domains, expertVersions, stalenessMax);
  }

  /** The number of the step, counted from 1. */
  public long step() {
    return verdict.decision().step();
  }

  /** False if the step was refused. */
  public boolean isApplied() {
    return verdict.isApplied();
  }

  /** Mean loss over the target tokens, in nats. */
  public double loss() {
    return verdict.loss();
  }

  public double learningRate() {
    return verdict.decision().learningRate();
  }

  /** Gradient norm of all owners together, before clipping. */
  public double gradNorm() {
    return verdict.norm();
  }

  /** The limits that the loss or the norm exceeds; empty if the step is not a spike. */
  public Optional<SpikeRule.Limits> spike() {
    return verdict.spike();
  }

  /** Number of experts with at least one token, over all layers. */
  public int activeExperts() {
    return expertVersions.size();
  }
}
