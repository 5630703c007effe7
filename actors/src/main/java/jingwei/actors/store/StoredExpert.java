package jingwei.actors.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import jingwei.model.decoder.Owner;
import jingwei.model.memory.Matrix;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/**
 * One expert in the store: weights in all versions that are still read, moments, gradients. It
 * takes no memory for them until it is first used.
 */
final class StoredExpert {
  private final int owner;
  private final Owner named;

  /** Null until the expert is first used. */
  private WeightHistory weights;

  /** An updater looks up one step while the store adds another. */
  private final NavigableMap<Long, PendingGradient> pending = new ConcurrentSkipListMap<>();

  private final Map<PartialKey, PartialGradient> partials = new HashMap<>();
  private int sends;
  private boolean atUpdater;
  private boolean delayed;
  private long handledStep;
  private final Deque<ParameterStore.Fetch> fetches = new ArrayDeque<>();

  /** A device may keep a partial gradient of each open step. */
  record PartialKey(long step, int device) {}

  /** The partial gradient of an evicted expert; either request may come first. */
  static final class PartialGradient {
    /** Null until the device has announced it. */
    Matrix sums;

    /** Null until the device asks for it. */
    ParameterStore.FetchPartial fetch;

    boolean hasArrived;
  }

  StoredExpert(int owner, Owner named) {
    this.owner = owner;
    this.named = named;
  }

  int owner() {
    return owner;
  }

  String name() {
    return named.name();
  }

  /** Whether there is memory for its weights and moments. */
  boolean hasState() {
    return weights != null;
  }

  /** Puts its weights and moments into memory. */
  void begin(WeightHistory newWeights) {
    weights = newWeights;
  }

  /** Its counts, which do not need memory. */
  OwnerClock clock() {
    return hasState() ? weights.clock() : OwnerClock.START;
  }

  OwnerState state() {
    return weights.state();
  }

  WeightHistory weights() {
    return weights;
  }

  NavigableMap<Long, PendingGradient> pending() {
    return pending;
  }

  /** Partial gradients that are kept or requested. */
  Map<PartialKey, PartialGradient> partials() {
    return partials;
  }

  /** The transport reads the weights from now on. */
  void sendBegins() {
    sends++;
  }

  void sendEnds() {
    sends--;
  }

  void setAtUpdater(boolean isAtUpdater) {
    atUpdater = isAtUpdater;
  }

  /** Whether an updater draws or changes the weights right now. */
  boolean isAtUpdater() {
    return atUpdater;
  }

  /** Fetches that came while the weights were being drawn or changed. */
  Deque<ParameterStore.Fetch> fetches() {
    return fetches;
  }

  /** Whether an injected delay is running. */
  boolean isDelayed() {
    return delayed;
  }

  void setDelayed(boolean isDelayed) {
    delayed = isDelayed;
  }

  /** Whether the gradient of a step was handled; they are handled in order. */
  boolean hasHandled(long step) {
    return step <= handledStep;
  }

  /** The gradient of a step was applied or dropped. */
  PendingGradient handled(long step) {
    handledStep = step;
    atUpdater = false;
    return pending.remove(step);
  }

  /** The oldest gradient; null if there is none. */
  PendingGradient oldest() {
    return pending.isEmpty() ? null : pending.firstEntry().getValue();
  }

  /** Whether the weights are neither read nor changed, and the oldest gradient may be handled. */
  boolean canApply() {
    PendingGradient oldest = oldest();
    return sends == 0
        && !atUpdater
        && oldest != null
        && oldest.after() <= handledStep
        && oldest.isComplete()
        && oldest.decision() != null;
  }
}
