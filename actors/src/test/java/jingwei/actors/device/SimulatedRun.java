package jingwei.actors.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import jingwei.model.SeededRandom;
import jingwei.model.step.StepRules;

/**
 * Which experts compute in which micro-batch, drawn at random, and how the device is set up.
 *
 * @param load the work of the run
 */
record SimulatedRun(long seed, int slots, int lookahead, StepRules rules, Load load) {

  /**
   * @param layers whose experts have owner indices of their own: {@code layer * experts + expert}
   * @param experts of a layer
   * @param inFlight micro-batches
   * @param alternates whether a step shares no expert with the step before
   * @param settles if true, the first micro-batch of a step turns back only when no message is on
   *     its way. An expert's need then never overtakes the lookahead of its step
   */
  record Load(
      int steps,
      int microBatches,
      int layers,
      int experts,
      int inFlight,
      boolean alternates,
      boolean settles) {}

  int steps() {
    return load.steps;
  }

  int microBatches() {
    return load.microBatches;
  }

  int layers() {
    return load.layers;
  }

  int experts() {
    return load.experts;
  }

  int inFlight() {
    return load.inFlight;
  }

  boolean settles() {
    return load.settles;
  }

  /** The layer of an element of a micro-batch's way, up through the layers and down again. */
  int layerOf(int element) {
    return element < layers() ? element : 2 * layers() - 1 - element;
  }

  int elements() {
    return 2 * layers();
  }

  boolean isBackward(int element) {
    return element >= layers();
  }

  /** Owners of a layer that get rows of a micro-batch, at least one. */
  SortedSet<Integer> active(long step, int microBatch, int layer) {
    SeededRandom random = SeededRandom.of(seed, step, microBatch, layer);
    int from = load.alternates && step % 2 == 0 ? experts() / 2 : 0;
    int count = load.alternates ? experts() / 2 : experts();
    SortedSet<Integer> owners = new TreeSet<>();
    owners.add(layer * experts() + from + random.nextInt(count));
    for (int e = from; e < from + count; e++) {
      if (random.nextInt(2) == 0) {
        owners.add(layer * experts() + e);
      }
    }
    return owners;
  }

  boolean isLastUse(long step, int microBatch, int element, int owner) {
    if (!isBackward(element)) {
      return false;
    }
    for (int later = microBatch + 1; later < microBatches(); later++) {
      if (active(step, later, layerOf(element)).contains(owner)) {
        return false;
      }
    }
    return true;
  }

  /** As a device tells its scheduler. */
  Map<Integer, long[]> uses(long step) {
    Map<Integer, List<Long>> uses = new HashMap<>();
    for (int m = 0; m < microBatches(); m++) {
      for (int element = 0; element < elements(); element++) {
        long position = (step * microBatches() + m) * elements() + element;
        for (int owner : active(step, m, layerOf(element))) {
          uses.computeIfAbsent(owner, o -> new ArrayList<>()).add(position);
        }
      }
    }
    Map<Integer, long[]> arrays = new HashMap<>();
    uses.forEach((owner, at) -> arrays.put(owner, at.stream().mapToLong(p -> p).toArray()));
    return arrays;
  }

  /** Most experts that a step activates. */
  int largestSet() {
    int largest = 0;
    for (int step = 1; step <= steps(); step++) {
      largest = Math.max(largest, uses(step).size());
    }
    return largest;
  }
}
