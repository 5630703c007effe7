package jingwei.actors.device;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.optim.Adam;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;

/**
 * Weights, gradients and moments of one dense stage: which version a step reads, and when its
 * gradient is applied. Sends no messages.
 */
final class StageState {
  private final OwnerState state;
  private final StepRules rules;
  private final Adam adam;
  private final WeightHistory weights;
  private final StageMemory memory;
  private final Map<Long, Long> readAsOf = new HashMap<>();
  private final Map<Long, BitSet> doneReplicas = new HashMap<>();

  /** Replicas whose gradient another device has announced. */
  private final Map<Long, BitSet> announced = new HashMap<>();

  private final Map<Long, StepDecision> decisions = new HashMap<>();
  private final TreeMap<Long, Double> squares = new TreeMap<>();
  private long applied;

  /**
   * @param applied last step that was applied to the weights
   */
  StageState(StepRules rules, WeightHistory weights, StageMemory memory, long applied) {
    this.state = weights.state();
    this.rules = rules;
    this.adam = new Adam(rules.adam());
    this.weights = weights;
    this.memory = memory;
    this.applied = applied;
  }

  WeightHistory history() {
    return weights;
  }

  OwnerState state() {
    return state;
  }

  /** Whether a step may read the weights: the oldest version that it accepts exists. */
  boolean isReady(long step) {
    return step <= 0 || applied >= step - 1 - rules.mostStale();
  }

  /** The weights that a step reads; the first call fixes their version. */
  ParameterSet read(long step) {
    return step <= 0 ? state.weights() : weights.asOf(readAsOf(step));
  }

  long readAsOf(long step) {
    return readAsOf.computeIfAbsent(
        step, s -> rules.bound() > 0 ? applied : Math.max(0, s - 1 - rules.delay()));
  }

  /**
   * Another device announces the gradient of a replica; returns false if it did so before.
   *
   * @throws IllegalStateException if there is no such replica
   */
  boolean announce(long step, int replica) {
    if (replica < 0 || replica >= rules.replicas()) {
      throw new IllegalStateException(
          "%s: the gradient of replica %d is announced in step %d, but there are %d replicas"
              .formatted(state.owner().name(), replica, step, rules.replicas()));
    }
    BitSet replicas = announced.computeIfAbsent(step, s -> new BitSet());
    if (replicas.get(replica)) {
      return false;
    }
    replicas.set(replica);
    return true;
  }

  /**
   * The gradient of a replica is complete; returns whether those of all replicas are.
   *
   * @throws IllegalStateException if it was complete before
   */
  boolean replicaIsDone(long step, int replica) {
    BitSet done = doneReplicas.computeIfAbsent(step, s -> new BitSet());
    if (done.get(replica)) {
      throw new IllegalStateException(
          "%s got the gradient of replica %d in step %d twice"
              .formatted(state.owner().name(), replica, step));
    }
    done.set(replica);
    if (done.cardinality() < rules.replicas()) {
      return false;
    }
    doneReplicas.remove(step);
    return true;
  }

  /** Adds up the replicas in their order; returns the sum of squares of the gradient. */
  double join(Workspace workspace, long step) {
    Gradients total = memory.gradients(step).total(workspace.kernels());
    return Adam.sumOfSquares(workspace.kernels(), total);
  }

  /** The gradient of a step is complete. */
  void measured(long step, double sumOfSquares) {
    squares.put(step, sumOfSquares);
  }

  /** Whether a step was applied or dropped; an evaluation never is. */
  boolean isHandled(long step) {
    return step > 0 && step <= applied;
  }

  /** Takes the decision about a step that is not handled; returns false if it came before. */
  boolean decide(StepDecision decision) {
    return decisions.putIfAbsent(decision.step(), decision) == null;
  }

  /** Whether the next step has both its gradient and its decision. */
  boolean canApply() {
    return squares.containsKey(applied + 1) && decisions.containsKey(applied + 1);
  }

  /** The decision about the next step. */
  StepDecision nextDecision() {
    return decisions.get(applied + 1);
  }

  /** The sum of squares of the gradient of the next step. */
  double nextSquares() {
    return squares.get(applied + 1);
  }

  /**
   * Applies the gradient of a step. With staleness, the result is in another buffer, and steps may
   * still read the weights before it.
   */
  void apply(Workspace workspace, StepDecision decision, double sumOfSquares) {
    if (rules.mostStale() > 0) {
      weights.keep(workspace.kernels());
    }
    double scale = adam.clipScale(sumOfSquares, decision.norm(), decision.previousNorm());
    Gradients total = memory.gradients(decision.step()).of(0); // every replica contributes
    adam.update(workspace.kernels(), state, total, decision.update(scale));
  }

  /** The next step was applied or dropped; returns that step. */
  long handled() {
    applied++;
    squares.remove(applied);
    decisions.remove(applied);
    announced.remove(applied);
    weights.forgetBefore(rules.oldestRead(applied + 1));
    memory.forget(applied);
    readAsOf.remove(applied);
    return applied;
  }
}
