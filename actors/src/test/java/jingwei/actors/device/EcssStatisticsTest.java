package jingwei.actors.device;

import static jingwei.actors.device.ExpertWait.BYTES;
import static jingwei.actors.device.ExpertWait.EVICTED;
import static jingwei.actors.device.ExpertWait.NONE;
import static jingwei.actors.device.ExpertWait.VERSION;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class EcssStatisticsTest {
  /** Every sequence of waits of a residency ends in one counter. */
  @Test
  void countsEachResidencyOnce() {
    EcssStatistics statistics = new EcssStatistics();
    List<List<ExpertWait>> waits =
        List.of(
            List.of(),
            List.of(BYTES),
            List.of(VERSION),
            List.of(EVICTED),
            List.of(BYTES, EVICTED, EVICTED),
            List.of(VERSION, EVICTED),
            List.of(EVICTED, BYTES));
    List<ExpertWait> expected = List.of(NONE, BYTES, VERSION, EVICTED, EVICTED, EVICTED, EVICTED);
    for (int i = 0; i < waits.size(); i++) {
      Residency residency = new Residency(new ResidencyKey(i, 1), new long[] {1}, i);
      waits.get(i).forEach(residency::waitFor);
      assertEquals(expected.get(i), residency.waitedFor(), waits.get(i).toString());
      statistics.residencyIsOver(residency.waitedFor());
    }
    EcssCounters.Residencies counters = statistics.counters().residencies();
    assertEquals(1, counters.hits());
    assertEquals(1, counters.misses());
    assertEquals(1, counters.versionWaits());
    assertEquals(4, counters.refetches());
    assertEquals(waits.size(), counters.total());
  }
}
