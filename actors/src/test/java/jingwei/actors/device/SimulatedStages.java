package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * Micro-batches on their way through the layers, in order, and the progress of each step.
 * Micro-batches are counted through all steps.
 */
final class SimulatedStages {
  private final SimulatedRun run;
  private final BiConsumer<Integer, Integer> dispatch;
  private final int[] dispatched;
  private final int[] completed;
  private final int[] left;
  private final Map<Integer, TreeSet<Long>> notMade = new HashMap<>();
  private final Map<Long, Set<Integer>> unmeasured = new HashMap<>();
  private final Map<Long, Integer> toApply = new HashMap<>();
  private int first;
  private long decided;
  private long closed;

  /**
   * @param dispatch called with a micro-batch and the element whose experts compute it
   */
  SimulatedStages(SimulatedRun run, BiConsumer<Integer, Integer> dispatch) {
    this.run = run;
    this.dispatch = dispatch;
    int all = run.steps() * run.microBatches();
    dispatched = new int[all];
    completed = new int[all];
    left = new int[all];
  }

  int mostOpen() {
    return run.rules().openSteps();
  }

  long closed() {
    return closed;
  }

  long stepOf(int microBatch) {
    return 1L + microBatch / run.microBatches();
  }

  SortedSet<Integer> activeAt(int microBatch, int element) {
    return run.active(stepOf(microBatch), microBatch % run.microBatches(), run.layerOf(element));
  }

  boolean isLastUse(int microBatch, int element, int owner) {
    return run.isLastUse(stepOf(microBatch), microBatch % run.microBatches(), element, owner);
  }

  void plan(long step) {
    Set<Integer> owners = new HashSet<>(run.uses(step).keySet());
    owners.forEach(owner -> notMade.computeIfAbsent(owner, o -> new TreeSet<>()).add(step));
    toApply.put(step, owners.size());
    unmeasured.put(step, owners);
  }

  /**
   * Sends on every micro-batch that may go.
   *
   * @param isQuiet no message is on its way
   */
  void advance(boolean isQuiet) {
    while (first < completed.length && completed[first] == run.elements()) {
      first++;
    }
    boolean quiet = isQuiet;
    for (int m = first; m < Math.min(completed.length, first + run.inFlight()); m++) {
      boolean turns = m % run.microBatches() == 0 && dispatched[m] == run.layers();
      if (mayGo(m) && !(turns && run.settles() && !quiet)) {
        int element = dispatched[m]++;
        left[m] = activeAt(m, element).size();
        dispatch.accept(m, element);
        quiet = false;
      }
    }
  }

  private boolean mayGo(int microBatch) {
    long step = stepOf(microBatch);
    int at = completed[microBatch];
    return step <= closed + mostOpen()
        && decided >= step - 1 - run.rules().mostStale()
        && dispatched[microBatch] == at
        && at < run.elements()
        && (microBatch == 0 || completed[microBatch - 1] > at);
  }

  /** An expert has finished its rows. */
  void done(int microBatch) {
    left[microBatch]--;
    completed[microBatch] += left[microBatch] == 0 ? 1 : 0;
  }

  /**
   * A complete gradient is in the store; returns the residencies whose gradients may be applied
   * now.
   */
  List<ResidencyKey> measured(ResidencyKey key) {
    assertTrue(unmeasured.get(key.step()).remove(key.owner()), "measured twice");
    List<ResidencyKey> free = new ArrayList<>();
    while (unmeasured.containsKey(decided + 1) && unmeasured.get(decided + 1).isEmpty()) {
      decided++;
      run.uses(decided).keySet().stream()
          .sorted()
          .forEach(owner -> free.add(new ResidencyKey(owner, decided)));
    }
    return free;
  }

  /** The store has made the version after a step. */
  void made(ResidencyKey key) {
    assertEquals(key.step(), notMade.get(key.owner()).pollFirst());
    toApply.merge(key.step(), -1, Integer::sum);
  }

  /** Closes a step if it is the next one and all its versions are made. */
  boolean close(long step) {
    if (step == closed + 1 && toApply.getOrDefault(step, -1) == 0) {
      closed++;
      return true;
    }
    return false;
  }

  void assertReadable(ResidencyKey key, long asOf) {
    long step = key.step();
    assertTrue(asOf >= run.rules().oldestRead(step) && asOf < step, key + " reads " + asOf);
    assertTrue(notMade.get(key.owner()).headSet(asOf + 1).isEmpty(), key + " reads " + asOf);
    if (run.rules().bound() == 0) {
      assertEquals(run.rules().oldestRead(step), asOf, key.toString());
    }
  }
}
