package jingwei.actors.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import jingwei.actors.buffer.GradientBuffer;
import jingwei.model.memory.Matrix;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.typed.ActorRef;

/** One expert in the store: weights in all versions that are still read, moments, gradients. */
final class StoredExpert {
  private final int owner;
  private final OwnerState state;
  private final WeightHistory weights;

  /** An updater looks up one step while the store adds another. */
  private final NavigableMap<Long, Pending> pending = new ConcurrentSkipListMap<>();

  private final Map<Long, PartialGradient> partials = new HashMap<>();
  private int sends;
  private boolean atUpdater;
  private boolean delayed;
  private long handledStep;
  private final Deque<ParameterStore.Fetch> fetches = new ArrayDeque<>();

  /** The complete gradient of a step that has not been applied yet. */
  static final class Pending {
    final GradientBuffer gradient;
    final long after;
    final ActorRef<ParameterStore.Applied> replyTo;
    boolean hasArrived;
    StepDecision decision;
    boolean isDue;

    Pending(GradientBuffer gradient, long after, ActorRef<ParameterStore.Applied> replyTo) {
      this.gradient = gradient;
      this.after = after;
      this.replyTo = replyTo;
    }
  }

  /** The partial gradient of an evicted expert; either request may come first. */
  static final class PartialGradient {
    /** Null until the device has announced it. */
    Matrix sums;

    /** Null until the device asks for it. */
    ParameterStore.FetchPartial fetch;

    boolean hasArrived;
  }

  StoredExpert(int owner, WeightHistory weights) {
    this.owner = owner;
    this.state = weights.state();
    this.weights = weights;
  }

  int owner() {
    return owner;
  }

  String name() {
    return state.owner().name();
  }

  OwnerState state() {
    return state;
  }

  WeightHistory weights() {
    return weights;
  }

  NavigableMap<Long, Pending> pending() {
    return pending;
  }

  /** Partial gradients that are kept or requested, by step. */
  Map<Long, PartialGradient> partials() {
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

  /** Whether an updater changes the weights right now. */
  boolean isAtUpdater() {
    return atUpdater;
  }

  /** Fetches that came while the weights were being changed. */
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

  /** Whether the gradient of a step came, and perhaps was handled; they are handled in order. */
  boolean hasSeen(long step) {
    return step <= handledStep || pending.containsKey(step);
  }

  /** The gradient of a step was applied or dropped. */
  Pending handled(long step) {
    handledStep = step;
    atUpdater = false;
    return pending.remove(step);
  }

  /** Whether the weights are neither read nor changed, and the oldest gradient may be handled. */
  boolean canApply() {
    return sends == 0
        && !atUpdater
        && !pending.isEmpty()
        && pending.firstEntry().getValue().after <= handledStep
        && pending.firstEntry().getValue().hasArrived
        && pending.firstEntry().getValue().decision != null;
  }
}
