package jingwei.actors.device;

import static jingwei.actors.device.Residency.Wait.BYTES;
import static jingwei.actors.device.Residency.Wait.EVICTED;
import static jingwei.actors.device.Residency.Wait.NONE;
import static jingwei.actors.device.Residency.Wait.VERSION;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class EcssStatisticsTest {
  /** Every sequence of waits of a visit ends in one counter. */
  @Test
  void countsEachVisitOnce() {
    EcssStatistics statistics = new EcssStatistics();
    List<List<Residency.Wait>> visits =
        List.of(
            List.of(),
            List.of(BYTES),
            List.of(VERSION),
            List.of(EVICTED),
            List.of(BYTES, EVICTED, EVICTED),
            List.of(VERSION, EVICTED),
            List.of(EVICTED, BYTES));
    List<Residency.Wait> expected =
        List.of(NONE, BYTES, VERSION, EVICTED, EVICTED, EVICTED, EVICTED);
    for (int i = 0; i < visits.size(); i++) {
      Residency stay = new Residency(new ResidencyKey(i, 1), new long[] {1});
      visits.get(i).forEach(stay::waitFor);
      assertEquals(expected.get(i), stay.waitedFor(), visits.get(i).toString());
      statistics.visitIsOver(stay.waitedFor());
    }
    EcssCounters counters = statistics.counters();
    assertEquals(1, counters.hits());
    assertEquals(1, counters.misses());
    assertEquals(1, counters.versionWaits());
    assertEquals(4, counters.refetches());
    assertEquals(visits.size(), counters.visits());
  }
}
