package jingwei.bench.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import jingwei.bench.cluster.Row.Figures;
import org.junit.jupiter.api.Test;

class StepSpeedsTest {
  private static String line(long step, double speed, long up, long down) {
    return "{\"step\":%d,\"tokensPerSecond\":%s,\"ecss\":{\"bytesToDevice\":%d,\"bytesToHost\":%d}}"
        .formatted(step, speed, up, down);
  }

  @Test
  void leavesOutTheFirstSteps() {
    List<String> lines =
        List.of(
            line(1, 1, 900, 900),
            line(2, 2, 900, 900),
            line(3, 30, 10, 1),
            line(4, 10, 20, 2),
            line(5, 20, 30, 3));
    Figures figures = StepSpeeds.of(lines, 2);
    assertEquals(20, figures.tokensPerSecond(), "the median");
    assertEquals(22, figures.tensorBytes(), "the mean, both ways");
  }

  @Test
  void refusesARunWithoutOtherSteps() {
    List<String> lines = List.of(line(1, 1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> StepSpeeds.of(lines, 1));
    assertThrows(IllegalArgumentException.class, () -> StepSpeeds.of(List.of("{"), 0));
  }
}
