package jingwei.model.step;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jingwei.model.optim.LearningRate;

/**
 * Decides about the steps of a run, in order: whether a step is applied, how its gradients are
 * clipped, and when the run must go back. All trainers share it.
 *
 * <p>A step is refused if it is marked as refused, is not finite, or is a spike and spikes are
 * skipped. A {@link BadStepException} reports a spike that rolls back, or a step that was decided
 * early but should have been refused.
 */
public final class StepJudge {
  private final StepRules rules;
  private final Map<Long, StepDecision> decidedEarly = new HashMap<>();
  private LearningRate learningRate;
  private StepsBefore before;

  /**
   * @param before summary of the steps before the first one to judge
   */
  public StepJudge(StepRules rules, LearningRate learningRate, StepsBefore before) {
    this.rules = rules;
    this.learningRate = learningRate;
    this.before = before;
  }

  /** Summary of the steps before the next one to judge. */
  public StepsBefore before() {
    return before;
  }

  /** Continues after other steps, and forgets early decisions. */
  public void goOnFrom(StepsBefore steps) {
    before = steps;
    decidedEarly.clear();
  }

  /** Sets the learning rate schedule from the next decision on. */
  public void follow(LearningRate newLearningRate) {
    learningRate = newLearningRate;
  }

  /** True if this is the next step to judge. */
  public boolean isNext(long step) {
    return before.step() == step - 1;
  }

  /**
   * Decides before the measurement that a step is applied, if clipping does not need its norm.
   *
   * @return empty if the step must be measured first, was already decided, or is refused
   */
  public Optional<StepDecision> early(long step) {
    boolean waits =
        switch (rules.adam().clip()) {
          case GLOBAL -> true;
          case PER_OWNER -> false;
          case PREVIOUS_NORM -> !isNext(step);
        };
    boolean isKnown = step <= before.step() || before.refuses(step);
    if (waits || isKnown || decidedEarly.containsKey(step)) {
      return Optional.empty();
    }
    StepDecision decision = decision(step, false, Double.NaN);
    decidedEarly.put(step, decision);
    return Optional.of(decision);
  }

  /**
   * Judges a measured step. If it was decided early, the verdict has that decision.
   *
   * @param loss mean over the target tokens, in nats
   * @param norm gradient norm of all owners together, before clipping
   * @throws BadStepException if the run must go back to a checkpoint; nothing has changed
   * @throws IllegalStateException if the step is not the next one
   */
  public Verdict judge(long step, double loss, double norm) {
    if (!isNext(step)) {
      throw new IllegalStateException(
          "step=%d is judged after step=%d".formatted(step, before.step()));
    }
    SpikeRule.Action action = rules.spikes().action();
    boolean isKnown = before.refuses(step);
    boolean isFinite = Double.isFinite(loss) && Double.isFinite(norm);
    Optional<SpikeRule.Limits> spike = rules.spikes().spike(before.history(), loss, norm);
    boolean rollsBack = !isKnown && spike.isPresent() && action == SpikeRule.Action.ROLLBACK;
    boolean isRefused =
        isKnown || !isFinite || (spike.isPresent() && action == SpikeRule.Action.SKIP);
    StepDecision early = decidedEarly.get(step);
    if (rollsBack || (isRefused && early != null)) {
      throw new BadStepException(step, loss, norm, rollsBack);
    }
    StepDecision decision = early == null ? decision(step, isRefused, norm) : early;
    decidedEarly.remove(step);
    Verdict verdict = new Verdict(decision, loss, norm, spike);
    before = before.plus(verdict, rules.spikes().window());
    return verdict;
  }

  /** Holds only what clipping needs, so an early decision equals a late one. */
  private StepDecision decision(long step, boolean isRefused, double norm) {
    double own = Double.NaN;
    double previous = Double.NaN;
    switch (rules.adam().clip()) {
      case GLOBAL -> own = norm;
      case PER_OWNER -> {}
      case PREVIOUS_NORM -> previous = before.norm();
    }
    return new StepDecision(
        step, isRefused, before.numberOf(step), learningRate.at(step), own, previous);
  }
}
