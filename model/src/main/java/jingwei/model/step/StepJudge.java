package jingwei.model.step;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jingwei.model.optim.LearningRate;

/**
 * Decides about the steps of a run, one after the other: whether a step is applied, by what its
 * gradients are clipped, and when the run must go back. Every trainer asks it.
 *
 * <p>A step is refused if it was refused before, if its loss or norm is not finite, or if it is a
 * spike and spikes are skipped. A spike that rolls back, and a step that was decided early and
 * should have been refused, is a {@link BadStepException}.
 */
public final class StepJudge {
  private final StepRules rules;
  private final Map<Long, StepDecision> decidedEarly = new HashMap<>();
  private LearningRate learningRate;
  private StepsBefore before;

  /**
   * @param before the steps before the first one that is judged
   */
  public StepJudge(StepRules rules, LearningRate learningRate, StepsBefore before) {
    this.rules = rules;
    this.learningRate = learningRate;
    this.before = before;
  }

  /** The steps before the next one that is judged. */
  public StepsBefore before() {
    return before;
  }

  /** Goes on after other steps, and forgets what was decided early. */
  public void goOnFrom(StepsBefore steps) {
    before = steps;
    decidedEarly.clear();
  }

  /** Follows another schedule from the next step that is decided. */
  public void follow(LearningRate newLearningRate) {
    learningRate = newLearningRate;
  }

  /** Whether all steps before this one are judged, and this one is not. */
  public boolean isNext(long step) {
    return before.step() == step - 1;
  }

  /**
   * Decides that a step is applied before it is measured, where clipping does not wait for its
   * norm.
   *
   * @return empty if the step must be measured first, was decided before, or is refused
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
   * Judges a step that is measured. If it was decided early, the verdict holds that decision.
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

  /** Holds what clipping needs and nothing else, so it is the same however early it is made. */
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
