package jingwei.actors.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import jingwei.actors.step.StepEvent;
import jingwei.model.data.Batch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.Adam;
import jingwei.model.step.StepResult;
import jingwei.model.step.Verdict;

/** The progress and the result of one step. Pure: reports are its only input. */
final class StepState {
  private final Decoder decoder;
  private final Batch batch;

  /** Owners that have a gradient of the step: dense ones and activated experts. */
  private final NavigableSet<Integer> owners = new TreeSet<>();

  /** Dense owners that use the activations of a micro-batch and report when they have finished. */
  private final NavigableSet<Integer> users = new TreeSet<>();

  private final SortedMap<Integer, Double> squares = new TreeMap<>();
  private final SortedMap<Integer, Long> reads = new TreeMap<>();
  private final SortedMap<Integer, Long> updates = new TreeMap<>();
  private List<DomainLoss> domains;
  private int admitted;

  /** For each micro-batch, the users that are done with it. */
  private final List<Set<Integer>> passed = new ArrayList<>();

  private boolean isDecided;
  private Verdict verdict;

  StepState(Decoder decoder, Batch batch) {
    this.decoder = decoder;
    this.batch = batch;
    if (isTraining()) {
      awaitAllOwners();
    } else {
      users.add(decoder.embeddingOwner()); // the head
    }
    batch.microBatches().forEach(microBatch -> passed.add(new HashSet<>()));
  }

  private void awaitAllOwners() {
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      users.add(decoder.ownerOf(stage));
    }
    owners.addAll(users);
    for (int layer = 0; layer < batch.routes().layers(); layer++) {
      int stage = decoder.stageOfLayer(layer);
      batch.routes().active(layer).forEach(expert -> owners.add(decoder.ownerOf(stage, expert)));
    }
  }

  Batch batch() {
    return batch;
  }

  boolean isTraining() {
    return batch.isTraining();
  }

  /** Whether some micro-batch is not admitted yet. */
  boolean hasNext() {
    return admitted < batch.microBatches().size();
  }

  int admitNext() {
    return admitted++;
  }

  /**
   * Records a report.
   *
   * @throws IllegalStateException if it is a repetition, or cannot come from this owner or at this
   *     time
   */
  void take(StepEvent event) {
    switch (event) {
      case StepEvent.Losses losses -> {
        require(domains == null, "reported twice", event);
        domains = losses.domains();
      }
      case StepEvent.Passed p -> {
        int index = p.microBatch().index();
        require(index >= 0 && index < admitted, "a micro-batch that is not on its way", event);
        require(users.contains(p.owner()), "reported by an owner that does not use it", event);
        require(passed.get(index).add(p.owner()), "reported twice", event);
      }
      case StepEvent.Measured measured -> {
        require(owners.contains(measured.owner()), "an owner without a gradient", event);
        require(!squares.containsKey(measured.owner()), "reported twice", event);
        squares.put(measured.owner(), measured.squares());
        reads.put(measured.owner(), measured.readAsOf());
      }
      case StepEvent.Updated updated -> {
        require(owners.contains(updated.owner()), "an owner without a gradient", event);
        require(isDecided, "reported before the step is decided", event);
        require(!updates.containsKey(updated.owner()), "reported twice", event);
        updates.put(updated.owner(), updated.updates());
      }
    }
  }

  /** Whether losses and all gradients are reported, so that the step can be judged. */
  boolean isMeasured() {
    return domains != null && squares.size() == owners.size();
  }

  /** Whether losses are reported and all micro-batches have passed. */
  boolean isEvaluated() {
    return domains != null && numPassed() == batch.microBatches().size();
  }

  /** Whether no owner will use the activation buffers of a micro-batch again. */
  boolean hasPassed(int microBatch) {
    return passed.get(microBatch).size() == users.size();
  }

  private int numPassed() {
    return (int) passed.stream().filter(done -> done.size() == users.size()).count();
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

  /** Whether owners were told to apply or drop the step. */
  boolean isDecided() {
    return isDecided;
  }

  /** Whether every owner holds the next version. */
  boolean isCommitted() {
    return verdict != null
        && updates.size() == owners.size()
        && numPassed() == batch.microBatches().size();
  }

  List<DomainLoss> domains() {
    return domains;
  }

  /** By owner index, the version that each owner read: its weights as they were after this step. */
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

  /** The missing reports, for the message of a stall. */
  String waitsFor() {
    List<String> waits = new ArrayList<>();
    int numMicroBatches = batch.microBatches().size();
    if (numPassed() < numMicroBatches) {
      waits.add(
          "%d of %d micro-batches to come back%s"
              .formatted(numMicroBatches - numPassed(), numMicroBatches, whereTheFirstIs()));
    }
    if (isTraining()) {
      int missing = owners.size() - (isDecided ? updates.size() : squares.size());
      waits.add("%s of %d owners".formatted(isDecided ? "updates" : "gradients", missing));
      missing().ifPresent(name -> waits.add("among them " + name));
    }
    return String.join(", ", waits);
  }

  /** The highest dense owner that has not finished the first micro-batch in flight. */
  private String whereTheFirstIs() {
    for (Set<Integer> done : passed) {
      if (isTraining() && !done.isEmpty() && done.size() < users.size()) {
        return users.descendingSet().stream()
            .filter(owner -> !done.contains(owner))
            .findFirst()
            .map(owner -> ", the first of them at " + decoder.owners().get(owner).name())
            .orElse("");
      }
    }
    return "";
  }

  /** The highest owner that has not reported. */
  private Optional<String> missing() {
    Map<Integer, ?> there = isDecided ? updates : squares;
    return owners.descendingSet().stream()
        .filter(owner -> users.contains(owner) || squares.containsKey(owner))
        .filter(owner -> !there.containsKey(owner))
        .findFirst()
        .map(owner -> decoder.owners().get(owner).name());
  }

  @Override
  public String toString() {
    return isTraining() ? "step " + batch.step() : "an evaluation";
  }

  private static void require(boolean isRight, String fault, StepEvent event) {
    if (!isRight) {
      throw new IllegalStateException(fault + ": " + event);
    }
  }
}
