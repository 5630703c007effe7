package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TimedPlanTest {
  private static final long SECOND = 1_000_000_000L;

  /**
   * Twelve slow steps of 3 s, then eight of 1 s: after 44 s, there is time for 76 more steps in 76
   * s.
   */
  @Test
  void countsTheStepsThatFitAfterTheWarmUp() {
    TimedPlan plan = new TimedPlan(2, 0);
    long now = 0;
    for (int step = 101; step < 120; step++) {
      long took = step <= 112 ? 3 * SECOND : SECOND;
      now += took;
      assertEquals(OptionalLong.empty(), plan.afterStep(step, took, now));
    }
    now += SECOND;
    assertEquals(OptionalLong.of(120 + 76), plan.afterStep(120, SECOND, now));
    assertEquals(OptionalLong.empty(), plan.afterStep(121, SECOND, now + SECOND));
  }

  @Test
  void plansNothingWithoutATimeLimit() {
    TimedPlan plan = new TimedPlan(0, 0);
    for (int step = 1; step < 50; step++) {
      assertEquals(OptionalLong.empty(), plan.afterStep(step, SECOND, step * SECOND));
    }
  }
}
