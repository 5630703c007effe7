package jingwei.actors.device;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.optim.Adam;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;

/**
 * Weights, gradients and moments of one dense stage: which version a step reads, and when its
 * gradient is applied. Sends no messages.
 */
final class StageOwner {
  private final OwnerState state;
  private final StepRules rules;
  private final Adam adam;
  private final WeightHistory weights;
  private final ReplicaGradients[] gradients;
  private final Map<Long, Long> readAsOf = new HashMap<>();
  private final TreeMap<Long, Complete> complete = new TreeMap<>();
  private final Map<Long, StepDecision> decisions = new HashMap<>();
  private long applied;

  private record Complete(Gradients total, double squares) {}

  /**
   * @param applied last step that was applied to the weights
   */
  StageOwner(Device device, WeightHistory weights, long applied) {
    this.state = weights.state();
    this.rules = device.rules();
    this.adam = new Adam(rules.adam());
    this.weights = weights;
    this.gradients = new ReplicaGradients[rules.mostStale() + 1];
    this.applied = applied;
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] =
          new ReplicaGradients(
              state.owner().layout(), rules.replicas(), device.type(), device.memory());
    }
  }

  OwnerState state() {
    return state;
  }

  /** Whether a step may read the weights: the oldest version that it accepts exists. */
  boolean isReady(long step) {
    return step <= 0 || applied >= step - 1 - rules.mostStale();
  }

  /** The weights that a step reads; fixed when it first asks. */
  ParameterSet weights(long step) {
    return step <= 0 ? state.weights() : weights.asOf(readAsOf(step));
  }

  long readAsOf(long step) {
    return readAsOf.computeIfAbsent(
        step, s -> rules.bound() > 0 ? applied : Math.max(0, s - 1 - rules.delay()));
  }

  Gradients gradients(long step, int replica) {
    return ring(step).of(replica);
  }

  /** Completes the gradient after the last micro-batch; returns its sum of squares. */
  double complete(Workspace workspace, long step) {
    Gradients total = ring(step).total(workspace.kernels());
    double squares = Adam.sumOfSquares(workspace.kernels(), total);
    complete.put(step, new Complete(total, squares));
    return squares;
  }

  /**
   * @throws IllegalStateException if the step was decided before
   */
  void decide(StepDecision decision) {
    if (decision.step() <= applied || decisions.put(decision.step(), decision) != null) {
      throw new IllegalStateException(
          "%s was told twice what to do with step %d"
              .formatted(state.owner().name(), decision.step()));
    }
  }

  /** Whether the next step has both its gradient and its decision. */
  boolean canApply() {
    return complete.containsKey(applied + 1) && decisions.containsKey(applied + 1);
  }

  /** Applies or drops the gradient of the next step; returns that step. */
  long apply(Workspace workspace) {
    long step = applied + 1;
    Complete gradient = complete.remove(step);
    StepDecision decision = decisions.remove(step);
    if (!decision.isRefused()) {
      if (rules.mostStale() > 0) {
        weights.keep(workspace.kernels());
      }
      double scale = adam.clipScale(gradient.squares, decision.norm(), decision.previousNorm());
      adam.update(workspace.kernels(), state, gradient.total, decision.update(scale));
    }
    weights.forgetBefore(rules.oldestRead(step + 1));
    ring(step).reset();
    readAsOf.remove(step);
    applied = step;
    return step;
  }

  private ReplicaGradients ring(long step) {
    return gradients[(int) (step % gradients.length)];
  }
}
