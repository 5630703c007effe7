package jingwei.model.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import jingwei.model.UserException;
import jingwei.model.step.SpikeRule.Action;
import org.junit.jupiter.api.Test;

class SpikeRuleTest {
  private static final SpikeRule RULE = new SpikeRule(Action.LOG, 10, 4, 5);

  /** Losses 1 to 5: median 3, median distance 1, so a spike begins at 3 + 4 x 1.4826. */
  @Test
  void beginsTheConfiguredDeviationsAboveTheMedian() {
    StepHistory history = StepHistory.EMPTY;
    for (int value = 1; value <= 5; value++) {
      history = history.plus(value, 100.0 * value, 10);
    }
    double limit = 3 + 4 * 1.4826;
    assertEquals(limit, RULE.limits(history).loss(), 1e-12);
    assertEquals(100 * limit, RULE.limits(history).norm(), 1e-9);
    assertTrue(RULE.spike(history, limit + 0.01, 1).isPresent());
    assertTrue(RULE.spike(history, 1, 100 * limit + 1).isPresent());
    assertEquals(Optional.empty(), RULE.spike(history, limit - 0.01, 100 * limit - 1));
  }

  @Test
  void allowsATenthAboveTheMedianOfQuietSteps() {
    StepHistory history = StepHistory.EMPTY;
    for (int i = 0; i < 10; i++) {
      history = history.plus(2, 1, 10);
    }
    assertEquals(2.2, RULE.limits(history).loss(), 1e-12);
  }

  @Test
  void findsNoSpikeWithTooLittleHistory() {
    StepHistory two = StepHistory.EMPTY.plus(1, 1, 10).plus(1, 1, 10);
    assertEquals(Optional.empty(), RULE.spike(two, 1e9, 1e9));
    assertFalse(RULE.spike(two.plus(1, 1, 10), 1e9, 1).isEmpty());
  }

  /** Such a step is refused without a rollback. */
  @Test
  void isNoSpikeIfItIsNotFinite() {
    StepHistory history = StepHistory.EMPTY.plus(1, 1, 10).plus(1, 1, 10).plus(1, 1, 10);
    assertTrue(RULE.spike(history, 1e9, 1).isPresent());
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertEquals(Optional.empty(), RULE.spike(history, bad, 1e9));
      assertEquals(Optional.empty(), RULE.spike(history, 1e9, bad));
    }
  }

  @Test
  void forgetsStepsBeforeTheWindow() {
    StepHistory history = StepHistory.EMPTY;
    for (int i = 0; i < 25; i++) {
      history = history.plus(i, -i, 10);
    }
    assertEquals(10, history.size());
    assertEquals(List.of(15.0, 16.0), history.losses().subList(0, 2));
    assertEquals(List.of(-15.0, -16.0), history.norms().subList(0, 2));
  }

  @Test
  void refusesInvalidSettings() {
    assertThrows(UserException.class, () -> new SpikeRule(Action.LOG, 4, 1, 1));
    assertThrows(UserException.class, () -> new SpikeRule(Action.LOG, 10, 0, 1));
    assertThrows(UserException.class, () -> new SpikeRule(Action.LOG, 10, 1, 0));
  }
}
