package jingwei.actors.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.actors.step.StepEvent;
import jingwei.model.data.Batch;
import jingwei.model.data.RoutedBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.loss.DomainLoss;
import jingwei.model.optim.Adam;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepHistory;
import jingwei.model.step.StepResult;

/** How far one step is, and what it comes to. Pure: it is told what happened. */
final class StepState {
  private final Decoder decoder;
  private final Batch batch;
  private final int owners;
  private final SortedMap<Integer, Double> squares = new TreeMap<>();
  private final SortedMap<Integer, Long> reads = new TreeMap<>();
  private final SortedMap<Integer, Long> updates = new TreeMap<>();
  private List<DomainLoss> domains;
  private int admitted;

  /**
   * How many owners use the activation buffers of each micro-batch, and which are done with them.
   */
  private final int users;

  private final List<Set<Integer>> passed = new ArrayList<>();
  private boolean decided;
  private boolean refused;
  private boolean isToBeRefused;
  private Optional<SpikeRule.Limits> spike = Optional.empty();
  private double learningRate;

  StepState(Decoder decoder, RoutedBatch routed) {
    this.decoder = decoder;
    this.batch = routed.batch();
    int dense = (int) decoder.owners().stream().filter(owner -> !owner.isExpert()).count();
    this.owners = dense + routed.numActive();
    this.users = isTraining() ? dense : 1;
    batch.microBatches().forEach(microBatch -> passed.add(new HashSet<>()));
  }

  Batch batch() {
    return batch;
  }

  boolean isTraining() {
    return batch.step() > 0;
  }

  /** Whether a micro-batch is left that is not on its way yet. */
  boolean hasNext() {
    return admitted < batch.microBatches().size();
  }

  int admitNext() {
    return admitted++;
  }

  /** Takes a report in; each comes once. */
  void take(StepEvent event) {
    switch (event) {
      case StepEvent.Losses losses -> domains = losses.domains();
      case StepEvent.Passed p -> {
        boolean isNew = passed.get(p.microBatch().index()).add(p.owner());
        once(isNew ? null : p, event);
      }
      case StepEvent.Measured measured -> {
        once(squares.put(measured.owner(), measured.squares()), event);
        reads.put(measured.owner(), measured.readAsOf());
      }
      case StepEvent.Updated updated ->
          once(updates.put(updated.owner(), updated.updates()), event);
    }
  }

  /** Whether losses and all gradients are there: it can be said whether the step is finite. */
  boolean isMeasured() {
    return domains != null && squares.size() == owners;
  }

  /** Whether losses of all micro-batches are there and no activation buffers are in use. */
  boolean isEvaluated() {
    return domains != null && numPassed() == batch.microBatches().size();
  }

  /** Whether no owner will use the activation buffers of a micro-batch again. */
  boolean hasPassed(int microBatch) {
    return passed.get(microBatch).size() == users;
  }

  private int numPassed() {
    return (int) passed.stream().filter(owners -> owners.size() == users).count();
  }

  double norm() {
    return Adam.jointNorm(squares.values());
  }

  double loss() {
    double sum = domains.stream().mapToDouble(DomainLoss::lossSum).sum();
    return sum / Math.max(1, batch.numTargets());
  }

  /** Compares the step with those before it, when it is measured. */
  void judge(SpikeRule rule, StepHistory history) {
    spike = rule.spike(history, loss(), norm());
    isToBeRefused =
        !Double.isFinite(loss())
            || !Double.isFinite(norm())
            || (spike.isPresent() && rule.action() == SpikeRule.Action.SKIP);
  }

  /** Whether the step is a reason to refuse itself. */
  boolean isToBeRefused() {
    return isToBeRefused;
  }

  boolean isSpike() {
    return spike.isPresent();
  }

  void decide(boolean isRefused, double rate) {
    decided = true;
    refused = isRefused;
    learningRate = rate;
  }

  boolean isDecided() {
    return decided;
  }

  /** Whether every owner holds the next version. */
  boolean isCommitted() {
    return decided
        && isMeasured()
        && updates.size() == owners
        && numPassed() == batch.microBatches().size();
  }

  List<DomainLoss> domains() {
    return domains;
  }

  /** The step after which the weights were that each owner read. */
  SortedMap<Integer, Long> reads() {
    return reads;
  }

  StepResult result() {
    SortedMap<String, Long> versions = new TreeMap<>();
    for (int owner : squares.keySet()) {
      Owner named = decoder.owners().get(owner);
      if (named.isExpert()) {
        versions.put(named.name(), updates.get(owner));
      }
    }
    long oldest = reads.values().stream().mapToLong(Long::longValue).min().orElseThrow();
    return new StepResult(
        batch.step(),
        !refused,
        loss(),
        batch.numTokens(),
        learningRate,
        norm(),
        versions.size(),
        domains,
        versions,
        Math.toIntExact(batch.step() - 1 - oldest),
        spike);
  }

  /** What is still to come, for whoever waits too long. */
  String waitsFor() {
    List<String> waits = new ArrayList<>();
    int numMicroBatches = batch.microBatches().size();
    if (numPassed() < numMicroBatches) {
      waits.add(
          "%d of %d micro-batches to come back%s"
              .formatted(numMicroBatches - numPassed(), numMicroBatches, whereTheFirstIs()));
    }
    if (isTraining()) {
      int missing = owners - (decided ? updates.size() : squares.size());
      waits.add("%s of %d owners".formatted(decided ? "updates" : "gradients", missing));
      missing().ifPresent(name -> waits.add("among them " + name));
    }
    return String.join(", ", waits);
  }

  /** The topmost dense owner that is not done with the first micro-batch that is on its way. */
  private String whereTheFirstIs() {
    for (Set<Integer> done : passed) {
      if (isTraining() && !done.isEmpty() && done.size() < users) {
        return decoder.owners().stream()
            .filter(owner -> !owner.isExpert() && !done.contains(decoder.owners().indexOf(owner)))
            .reduce((lower, upper) -> upper)
            .map(owner -> ", the first of them at " + owner.name())
            .orElse("");
      }
    }
    return "";
  }

  /** Somebody of whom it is known that he has not reported: the topmost. */
  private Optional<String> missing() {
    Map<Integer, ?> there = decided ? updates : squares;
    for (int owner = decoder.owners().size() - 1; owner >= 0; owner--) {
      boolean isAwaited = !decoder.owners().get(owner).isExpert() || squares.containsKey(owner);
      if (isAwaited && !there.containsKey(owner)) {
        return Optional.of(decoder.owners().get(owner).name());
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return isTraining() ? "step " + batch.step() : "an evaluation";
  }

  private static void once(Object before, StepEvent event) {
    if (before != null) {
      throw new IllegalStateException("reported twice: " + event);
    }
  }
}
