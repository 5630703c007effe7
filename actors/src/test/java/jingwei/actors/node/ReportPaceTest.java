package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReportPaceTest {
  @Test
  void oneReportIsDueInEachInterval() {
    ReportPace pace = new ReportPace(Duration.ofNanos(10), 100);
    List<Long> due =
        LongStream.of(101, 109, 110, 111, 119, 125, 126, 134, 135, 200)
            .filter(pace::isDue)
            .boxed()
            .toList();
    assertEquals(List.of(110L, 125L, 135L, 200L), due);
  }
}
