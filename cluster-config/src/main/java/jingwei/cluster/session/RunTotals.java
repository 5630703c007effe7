package jingwei.cluster.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import jingwei.model.loss.DomainLoss;
import jingwei.model.step.StepResult;

/** Totals over the steps of this process, in constant memory. */
final class RunTotals {
  private static final int MOST_LOSSES = 1024;
  private static final int RECENT_STEPS = 100;

  private final TreeMap<Long, Double> losses = new TreeMap<>();
  private final TreeMap<Long, List<DomainLoss>> recent = new TreeMap<>();
  private final TreeSet<Long> refused = new TreeSet<>();
  private long every = 1;
  private double lastLoss = Double.NaN;
  private long tokens;
  private long nanos;
  private final TreeSet<Long> badInARow = new TreeSet<>();

  void add(StepResult result, long tookNanos) {
    lastLoss = result.loss();
    tokens += result.tokens();
    nanos += tookNanos;
    if (!result.isApplied()) {
      refused.add(result.step());
    }
    if (result.isApplied()) {
      badInARow.clear();
    } else if (result.verdict().isBad()) {
      badInARow.add(result.step());
    }
    if (result.step() % every == 0) {
      losses.put(result.step(), result.loss());
    }
    if (losses.size() > MOST_LOSSES) {
      every *= 2;
      losses.keySet().removeIf(step -> step % every != 0);
    }
    recent.put(result.step(), result.domains());
    if (recent.size() > RECENT_STEPS) {
      recent.pollFirstEntry();
    }
  }

  /** Forgets the steps that the run will repeat. */
  void goBackTo(long step) {
    losses.tailMap(step, false).clear();
    recent.tailMap(step, false).clear();
    refused.tailSet(step, false).clear();
    badInARow.tailSet(step, false).clear();
  }

  /** True if no step was taken. */
  boolean isEmpty() {
    return nanos == 0;
  }

  /** Loss of the last step; NaN before the first step. */
  double lastLoss() {
    return lastLoss;
  }

  /** Losses to plot, in order of steps; a sample if there are too many steps. */
  List<Double> losses() {
    return List.copyOf(losses.values());
  }

  /** Sums over the last steps, at most {@value #RECENT_STEPS}, by domain name. */
  Map<String, DomainLoss> recent(List<String> domains) {
    Map<String, DomainLoss> sums = new LinkedHashMap<>();
    for (List<DomainLoss> ofStep : recent.values()) {
      for (int domain = 0; domain < ofStep.size(); domain++) {
        if (ofStep.get(domain).tokens() > 0) {
          sums.merge(domains.get(domain), ofStep.get(domain), DomainLoss::plus);
        }
      }
    }
    return sums;
  }

  double seconds() {
    return nanos / 1e9;
  }

  double tokensPerSecond() {
    return tokens / Math.max(seconds(), 1e-9);
  }

  long refusedSteps() {
    return refused.size();
  }

  /** Number of bad steps in a row up to the last step. */
  int badInARow() {
    return badInARow.size();
  }
}
