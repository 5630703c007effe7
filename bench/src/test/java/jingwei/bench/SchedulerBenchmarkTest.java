package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SchedulerBenchmarkTest {
  /** A lookahead, a need, an arrival, a product, a finish, a send and an update at the least. */
  @Test
  void runsAStepToItsEnd() {
    assertTrue(new ScheduledStep(64, 64).run() > 3 * 64);
    assertTrue(new ScheduledStep(64, 32).run() > new ScheduledStep(64, 64).run());
  }
}
