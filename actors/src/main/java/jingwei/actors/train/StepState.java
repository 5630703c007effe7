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
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.Adam;
import jingwei.model.step.StepResult;
import jingwei.model.step.Verdict;

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

  /** How many owners use the frame of each micro-batch, and who of them has done with it. */
  private final int users;

  private final List<Set<Integer>> passed = new ArrayList<>();
  private boolean isDecided;
  private Verdict verdict;

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

  /** Whether losses of all micro-batches are there and no frame is in use. */
  boolean isEvaluated() {
    return domains != null && numPassed() == batch.microBatches().size();
  }

  /** Whether nobody will look at the frame of a micro-batch again. */
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
    return LossMeter.mean(domains, batch.numTargets());
  }

  /** The step is measured and judged, which decides it if it was not decided early. */
  void judged(Verdict newVerdict) {
    verdict = newVerdict;
    isDecided = true;
  }

  void decidedEarly() {
    isDecided = true;
  }

  /** Whether owners know if they apply the step. */
  boolean isDecided() {
    return isDecided;
  }

  /** Whether every owner holds the next version. */
  boolean isCommitted() {
    return verdict != null
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
    return StepResult.of(verdict, batch.numTokens(), domains, versions, oldest);
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
      int missing = owners - (isDecided ? updates.size() : squares.size());
      waits.add("%s of %d owners".formatted(isDecided ? "updates" : "gradients", missing));
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
    Map<Integer, ?> there = isDecided ? updates : squares;
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
