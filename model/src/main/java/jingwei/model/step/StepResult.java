package jingwei.model.step;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.model.loss.DomainLoss;

/**
 * What one step came to.
 *
 * @param verdict loss, norm, and whether the step was applied; no weight changed if it was refused
 * @param tokens input tokens
 * @param domains losses of each domain, by domain index
 * @param expertVersions updates that each activated expert has seen, by owner name
 * @param stalenessMax steps by which the oldest weights that were read are older than the newest
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
   * @param oldestRead the step after which the oldest weights were that an owner read
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

  /** Counted from 1. */
  public long step() {
    return verdict.decision().step();
  }

  /** False if the step was refused. */
  public boolean isApplied() {
    return verdict.isApplied();
  }

  /** Mean over the target tokens, in nats. */
  public double loss() {
    return verdict.loss();
  }

  public double learningRate() {
    return verdict.decision().learningRate();
  }

  /** Of all owners together, before clipping. */
  public double gradNorm() {
    return verdict.norm();
  }

  /** The limits that the loss or the norm left; empty for a usual step. */
  public Optional<SpikeRule.Limits> spike() {
    return verdict.spike();
  }

  /** Experts that got at least one token, all layers together. */
  public int activeExperts() {
    return expertVersions.size();
  }
}
