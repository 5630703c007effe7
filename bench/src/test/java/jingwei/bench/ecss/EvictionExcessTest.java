package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.bench.ecss.EvictionExcess.Row;
import jingwei.bench.ecss.UseTrace.Pass;
import jingwei.model.TestSettings;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scheduler's transfers in a step that does not fit, beside the optimum. */
class EvictionExcessTest {
  private static final StepRules RULES = StepRules.of(TestSettings.adam());

  @Test
  void needsAtMostFivePercentMoreThanTheOptimum() {
    for (Row row : EvictionExcess.rows(3, RULES)) {
      assertTrue(row.ours() >= row.optimum() && row.neededLast() >= row.optimum(), row::toString);
      assertTrue(row.excess() <= 0.05, row::toString);
      assertTrue(row.leastRecentlyUsed() > row.optimum(), row::toString);
    }
  }

  @Test
  void fetchesEachExpertOnceIfAllFit() {
    for (UseTrace trace : EvictionExcess.traces(5)) {
      Row row = EvictionExcess.row(1, List.of(trace), RULES);
      assertEquals(trace.experts(), row.optimum());
      assertEquals(trace.experts(), row.ours());
      assertEquals(trace.experts(), row.leastRecentlyUsed());
    }
  }

  /**
   * Expert 0 has a partial gradient when expert 1 needs the only slot. With one slot: weights of 0;
   * sent; weights of 1, which is fetched once; weights and partial gradient of 0. With two slots
   * each is fetched once.
   */
  @ParameterizedTest
  @CsvSource({"1, 5", "2, 2"})
  void countsWhatAnEvictionMoves(int slots, int transfers) {
    UseTrace trace =
        new UseTrace(
            2,
            List.of(
                new Pass(1, false),
                new Pass(1, true),
                new Pass(2, false),
                new Pass(2, true),
                new Pass(1, false),
                new Pass(1, true)));
    assertEquals(transfers, EvictionOptimum.transfers(trace, slots));
    assertEquals(transfers, EvictionRule.LEAST_RECENTLY_USED.transfers(trace, slots));
    assertEquals(
        transfers, ScheduledTrace.transfers(trace, slots, ScheduledTrace.Link.FAST, RULES));
  }

  /** Of three experts in two slots, one stays, and the other slot serves two in each pass. */
  @Test
  void anExpertThatPassesThroughNeedsASlot() {
    UseTrace trace = new UseTrace(3, List.of(new Pass(7, false), new Pass(7, true)));
    assertEquals(3 + 1, EvictionOptimum.transfers(trace, 2));
    assertEquals(3 + 2, EvictionOptimum.transfers(trace, 1));
  }
}
