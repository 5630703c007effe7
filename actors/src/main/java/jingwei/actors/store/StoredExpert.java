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

/** One expert in the store: weights in all versions that are still read, moments, gradients. */
final class StoredExpert {
  private final int owner;
  private final OwnerState state;
  private final WeightHistory weights;

  /** A worker looks up one step while the store adds another. */
  private final NavigableMap<Long, Pending> pending = new ConcurrentSkipListMap<>();

  private final Map<Long, PartialGradient> running = new HashMap<>();
  private int sends;
  private boolean atWorker;
  private boolean delayed;
  private final Deque<ParameterStore.Fetch> fetches = new ArrayDeque<>();

  /** The complete gradient of a step that has not been applied yet. */
  static final class Pending {
    final GradientBuffer gradient;
    final double squares;
    boolean hasArrived;
    StepDecision decision;
    boolean isDue;

    Pending(GradientBuffer gradient, double squares) {
      this.gradient = gradient;
      this.squares = squares;
    }
  }

  /** A running gradient that was evicted with its expert. */
  static final class PartialGradient {
    final Matrix sums;
    boolean hasArrived;
    Runnable whenArrived = () -> {};

    PartialGradient(Matrix sums) {
      this.sums = sums;
    }
  }

  StoredExpert(int owner, WeightHistory weights) {
    this.owner = owner;
    this.state = weights.state();
    this.weights = weights;
  }

  int owner() {
    return owner;
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

  Map<Long, PartialGradient> running() {
    return running;
  }

  /** Weights are being read by the transport. */
  void sendBegins() {
    sends++;
  }

  void sendEnds() {
    sends--;
  }

  void setAtWorker(boolean isAtWorker) {
    atWorker = isAtWorker;
  }

  /** Whether a worker changes the weights right now. */
  boolean isAtWorker() {
    return atWorker;
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

  /** Whether nobody reads or changes the weights, and the oldest gradient may be handled. */
  boolean canApply() {
    return sends == 0
        && !atWorker
        && !pending.isEmpty()
        && pending.firstEntry().getValue().hasArrived
        && pending.firstEntry().getValue().decision != null;
  }
}
