package jingwei.model.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jingwei.model.TestSettings;
import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.optim.LearningRate;
import jingwei.model.step.SpikeRule.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Judges every kind of step under every rule. */
class StepJudgeTest {
  private static final long STEP = 11;
  private static final double USUAL = 2;
  private static final double SPIKE = 50;
  private static final LearningRate RATE =
      new LearningRate(LearningRate.Shape.WSD, 1, 0, 0, 100, 1);

  /** The loss and the norm of a step; a finite value may be a spike. */
  enum Value {
    FINITE,
    LOSS_NAN,
    LOSS_INFINITE,
    NORM_NAN,
    NORM_INFINITE
  }

  private enum Outcome {
    APPLIED,
    REFUSED,
    /** The run goes back and refuses only this step. */
    GOES_BACK,
    /** The run goes back and also refuses the steps before. */
    ROLLS_BACK
  }

  record Case(
      Value value, boolean isSpike, Action action, boolean isRefusedBefore, boolean isEarly) {}

  private record Row(
      String value,
      String isSpike,
      String action,
      String isRefusedBefore,
      String isEarly,
      Outcome outcome) {
    boolean fits(Case c) {
      return fits(value, c.value == Value.FINITE ? "finite" : "not")
          && fits(isSpike, c.isSpike ? "spike" : "usual")
          && fits(action, c.action.name())
          && fits(isRefusedBefore, c.isRefusedBefore ? "yes" : "no")
          && fits(isEarly, c.isEarly ? "yes" : "no");
    }

    private static boolean fits(String wanted, String is) {
      return wanted.equals("any") || wanted.equals(is);
    }
  }

  /** Value, range, action, refused before, decided early. The first matching row applies. */
  private static final List<Row> TABLE =
      List.of(
          new Row("any", "any", "any", "yes", "any", Outcome.REFUSED),
          new Row("not", "any", "any", "no", "yes", Outcome.GOES_BACK),
          new Row("not", "any", "any", "no", "no", Outcome.REFUSED),
          new Row("finite", "usual", "any", "no", "any", Outcome.APPLIED),
          new Row("finite", "spike", "LOG", "no", "any", Outcome.APPLIED),
          new Row("finite", "spike", "SKIP", "no", "yes", Outcome.GOES_BACK),
          new Row("finite", "spike", "SKIP", "no", "no", Outcome.REFUSED),
          new Row("finite", "spike", "ROLLBACK", "no", "any", Outcome.ROLLS_BACK));

  static Stream<Arguments> cases() {
    List<Arguments> all = new ArrayList<>();
    for (Value value : Value.values()) {
      for (Action action : Action.values()) {
        for (Clip clip : Clip.values()) {
          for (int bits = 0; bits < 8; bits++) {
            boolean isRefusedBefore = (bits & 2) > 0;
            boolean asksEarly = (bits & 4) > 0;
            boolean isEarly = asksEarly && clip != Clip.GLOBAL && !isRefusedBefore;
            Case one = new Case(value, (bits & 1) > 0, action, isRefusedBefore, isEarly);
            all.add(Arguments.of(one, clip, asksEarly));
          }
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0} {1} asked early: {2}")
  @MethodSource("cases")
  void judgesByTheTable(Case one, Clip clip, boolean asksEarly) {
    StepsBefore before = before(one.isRefusedBefore ? Set.of(STEP) : Set.of());
    StepJudge judge = new StepJudge(rules(clip, one.action), RATE, before);
    Optional<StepDecision> early = asksEarly ? judge.early(STEP) : Optional.empty();
    assertEquals(one.isEarly, early.isPresent());
    double finite = one.isSpike ? SPIKE : USUAL;
    double loss =
        switch (one.value) {
          case LOSS_NAN -> Double.NaN;
          case LOSS_INFINITE -> Double.POSITIVE_INFINITY;
          default -> finite;
        };
    double norm =
        switch (one.value) {
          case NORM_NAN -> Double.NaN;
          case NORM_INFINITE -> Double.POSITIVE_INFINITY;
          default -> finite;
        };
    Outcome expected =
        TABLE.stream().filter(row -> row.fits(one)).findFirst().orElseThrow().outcome;
    if (expected == Outcome.GOES_BACK || expected == Outcome.ROLLS_BACK) {
      BadStepException bad =
          assertThrows(BadStepException.class, () -> judge.judge(STEP, loss, norm));
      assertEquals(STEP, bad.step());
      assertEquals(expected == Outcome.ROLLS_BACK, bad.rollsBack());
      assertEquals(before, judge.before());
      return;
    }
    Verdict verdict = judge.judge(STEP, loss, norm);
    boolean isApplied = expected == Outcome.APPLIED;
    assertEquals(isApplied, verdict.isApplied());
    assertEquals(one.isSpike && one.value == Value.FINITE, verdict.spike().isPresent());
    assertEquals(one.isSpike || one.value != Value.FINITE, verdict.isBad());
    early.ifPresent(decision -> assertEquals(decision, verdict.decision()));
    assertEquals(
        new StepDecision(
            STEP,
            !isApplied,
            8,
            RATE.at(STEP),
            clip == Clip.GLOBAL ? norm : Double.NaN,
            clip == Clip.PREVIOUS_NORM ? USUAL : Double.NaN),
        verdict.decision());
    assertEquals(
        isApplied
            ? new StepsBefore(
                STEP, 8, norm, before.history().plus(loss, norm, 10), before.refused())
            : new StepsBefore(STEP, 7, USUAL, before.history(), before.refused()),
        judge.before());
  }

  @ParameterizedTest
  @EnumSource(Clip.class)
  void judgesStepsInOrder(Clip clip) {
    StepJudge judge = new StepJudge(rules(clip, Action.LOG), RATE, before(Set.of()));
    assertTrue(judge.isNext(STEP));
    for (long other : new long[] {STEP + 1, STEP - 1, STEP + 7, -1}) {
      assertFalse(judge.isNext(other));
      assertThrows(IllegalStateException.class, () -> judge.judge(other, USUAL, USUAL));
      assertEquals(before(Set.of()), judge.before());
    }
    judge.judge(STEP, USUAL, USUAL);
    assertThrows(IllegalStateException.class, () -> judge.judge(STEP, USUAL, USUAL));
    judge.judge(STEP + 1, USUAL, USUAL);
    assertEquals(STEP + 1, judge.before().step());
  }

  @Test
  void decidesEarlyIfClippingDoesNotNeedTheNorm() {
    StepJudge perOwner = new StepJudge(rules(Clip.PER_OWNER, Action.LOG), RATE, before(Set.of()));
    assertTrue(perOwner.early(STEP + 1).isPresent(), "the step before is not judged");
    assertTrue(perOwner.early(STEP).isPresent());
    assertFalse(perOwner.early(STEP).isPresent(), "twice");
    assertFalse(perOwner.early(STEP - 1).isPresent(), "judged already");
    assertFalse(perOwner.early(-3).isPresent(), "an evaluation");

    StepJudge previous =
        new StepJudge(rules(Clip.PREVIOUS_NORM, Action.LOG), RATE, before(Set.of()));
    assertFalse(previous.early(STEP + 1).isPresent());
    assertTrue(previous.early(STEP).isPresent());
    previous.judge(STEP, USUAL, 2.1);
    assertEquals(2.1, previous.early(STEP + 1).orElseThrow().previousNorm());
  }

  @Test
  void clipsByTheNormOfTheLastAppliedStep() {
    StepJudge judge =
        new StepJudge(rules(Clip.PREVIOUS_NORM, Action.SKIP), RATE, before(Set.of(STEP + 1)));
    judge.judge(STEP, USUAL, 2.1);
    judge.judge(STEP + 1, USUAL, 2.05);
    judge.judge(STEP + 2, USUAL, Double.NaN);
    StepDecision next = judge.judge(STEP + 3, USUAL, USUAL).decision();
    assertEquals(2.1, next.previousNorm());
    assertEquals(9, next.applied());
  }

  @Test
  void countsTheStepsThatWillBeAppliedWhenItDecidesEarly() {
    StepJudge judge =
        new StepJudge(rules(Clip.PER_OWNER, Action.LOG), RATE, before(Set.of(STEP + 1)));
    assertEquals(10, judge.early(STEP + 3).orElseThrow().applied());
  }

  @Test
  void usesANewScheduleFromTheNextDecisionOn() {
    StepJudge judge = new StepJudge(rules(Clip.PER_OWNER, Action.LOG), RATE, before(Set.of()));
    double early = judge.early(STEP).orElseThrow().learningRate();
    judge.follow(new LearningRate(LearningRate.Shape.WSD, 0.5, 0.5, 0, 100, 1));
    assertEquals(RATE.at(STEP), early);
    assertEquals(early, judge.judge(STEP, USUAL, USUAL).decision().learningRate());
    assertEquals(0.5, judge.judge(STEP + 1, USUAL, USUAL).decision().learningRate());
  }

  @Test
  void forgetsEarlyDecisionsWhenItGoesBack() {
    StepJudge judge = new StepJudge(rules(Clip.PER_OWNER, Action.LOG), RATE, before(Set.of()));
    judge.early(STEP);
    judge.goOnFrom(before(Set.of()));
    assertFalse(judge.judge(STEP, Double.NaN, USUAL).isApplied());
  }

  /** Ten steps, of which seven were applied, all with the same loss and norm. */
  private static StepsBefore before(Set<Long> refused) {
    StepHistory history = StepHistory.EMPTY;
    for (int i = 0; i < 7; i++) {
      history = history.plus(USUAL, USUAL, 10);
    }
    return new StepsBefore(STEP - 1, 7, USUAL, history, refused);
  }

  private static StepRules rules(Clip clip, Action action) {
    return new StepRules(
        TestSettings.adam(clip, 1), 1, 0, 0, new SpikeRule(action, 10, 4, 5), Precision.FP32);
  }
}
