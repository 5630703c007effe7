package jingwei.actors.train;

import java.util.ArrayList;
import java.util.BitSet;
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
import jingwei.actors.step.TokenLosses;
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

  private final Set<Integer> dense = new HashSet<>();
  private final SortedMap<Integer, Double> squares = new TreeMap<>();
  private final SortedMap<Integer, Long> reads = new TreeMap<>();
  private final SortedMap<Integer, Long> updates = new TreeMap<>();
  private final LossMeter meter;

  /** Losses of the micro-batches after the first one that is missing. */
  private final SortedMap<Integer, TokenLosses> losses = new TreeMap<>();

  /** Losses of the micro-batches before that one, added up in their order. */
  private List<DomainLoss> domains;

  private int numAdded;

  /** Micro-batches that no device will use again. */
  private final BitSet passed = new BitSet();

  /** For each device, the stage at which its first micro-batch is. */
  private final SortedMap<Integer, String> places = new TreeMap<>();

  private boolean isDecided;
  private Verdict verdict;

  StepState(Decoder decoder, Batch batch, LossMeter meter) {
    this.decoder = decoder;
    this.batch = batch;
    this.meter = meter;
    this.domains = meter.none();
    if (isTraining()) {
      awaitAllOwners();
    }
  }

  private void awaitAllOwners() {
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      dense.add(decoder.ownerOf(stage));
    }
    owners.addAll(dense);
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

  /**
   * Records a report; returns false if it has come before, which changes nothing.
   *
   * @throws IllegalStateException if it cannot come from this owner or at this time
   */
  boolean take(StepEvent event) {
    return switch (event) {
      case StepEvent.Losses of -> {
        require(isIndex(of.index()), "a micro-batch that does not exist", event);
        boolean isNew =
            of.index() >= numAdded && losses.putIfAbsent(of.index(), of.losses()) == null;
        addLosses();
        yield isNew;
      }
      case StepEvent.Passed p -> {
        require(isIndex(p.index()), "a micro-batch that does not exist", event);
        boolean isNew = !passed.get(p.index());
        passed.set(p.index());
        yield isNew;
      }
      case StepEvent.Measured measured -> {
        require(owners.contains(measured.owner()), "an owner without a gradient", event);
        boolean isNew = squares.putIfAbsent(measured.owner(), measured.squares()) == null;
        reads.putIfAbsent(measured.owner(), measured.readAsOf());
        yield isNew;
      }
      case StepEvent.Updated updated -> {
        require(owners.contains(updated.owner()), "an owner without a gradient", event);
        require(isDecided, "reported before the step is decided", event);
        yield updates.putIfAbsent(updated.owner(), updated.updates()) == null;
      }
    };
  }

  private boolean isIndex(int microBatch) {
    return microBatch >= 0 && microBatch < batch.microBatches().size();
  }

  /** Adds losses in the order of micro-batches, so that their sum has fixed bits. */
  private void addLosses() {
    while (losses.containsKey(numAdded)) {
      TokenLosses next = losses.remove(numAdded);
      domains = meter.plus(domains, batch.microBatches().get(numAdded), next.values());
      numAdded++;
    }
  }

  private boolean hasAllLosses() {
    return numAdded == batch.microBatches().size();
  }

  /** Whether losses and all gradients are reported, so that the step can be judged. */
  boolean isMeasured() {
    return hasAllLosses() && squares.size() == owners.size();
  }

  /** Whether losses are reported and all micro-batches have passed. */
  boolean isEvaluated() {
    return hasAllLosses() && hasPassed();
  }

  private boolean hasPassed() {
    return passed.cardinality() == batch.microBatches().size();
  }

  /** A device says at which stage its first micro-batch is, for the message of a stall. */
  void isAt(int device, String stage) {
    places.put(device, stage);
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
    return verdict != null && updates.size() == owners.size() && hasPassed();
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
    if (!hasPassed()) {
      waits.add(
          "%d of %d micro-batches to come back"
              .formatted(numMicroBatches - passed.cardinality(), numMicroBatches));
      places.forEach(
          (device, place) -> waits.add("the first of device %d at %s".formatted(device, place)));
    }
    if (isTraining()) {
      int missing = owners.size() - (isDecided ? updates.size() : squares.size());
      waits.add("%s of %d owners".formatted(isDecided ? "updates" : "gradients", missing));
      missing().ifPresent(name -> waits.add("among them " + name));
    }
    return String.join(", ", waits);
  }

  /** The highest owner that has not reported. */
  private Optional<String> missing() {
    Map<Integer, ?> there = isDecided ? updates : squares;
    return owners.descendingSet().stream()
        .filter(owner -> dense.contains(owner) || squares.containsKey(owner))
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
