package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTest {
  @TempDir private Path folder;

  @Test
  void namesEachMeasurementOnce() throws IOException {
    try (RungFile file = new RungFile(folder)) {
      List<Measurement> plan = Plan.of(file);
      assertEquals(plan.size(), new HashSet<>(plan).size());
      assertTrue(plan.contains(Measurement.of("E3", 4).at(1.25e9)));
      assertTrue(plan.stream().noneMatch(m -> m.kind() == RungKind.E3_HIDDEN));
    }
  }

  /** The speeds follow from the first round and stay the same in all others. */
  @Test
  void theLinkIsSlowedUntilATransferTakesAShareOfComputing() throws IOException {
    try (RungFile file = new RungFile(folder)) {
      // A step of 1,024 tokens takes two seconds and moves 500 bytes to the host.
      file.add(Plan.COMPUTE, 1, LadderTest.figures(512));
      file.add(Plan.E3_ONE, 1, LadderTest.figures(460));
      List<Measurement> hidden = hidden(file);
      assertEquals(500, hidden.getFirst().bandwidth());
      assertEquals(278, hidden.getLast().bandwidth());
      file.add(hidden.getFirst(), 1, LadderTest.figures(1));
      file.add(hidden.getLast(), 1, LadderTest.figures(1));
      file.add(Plan.COMPUTE, 2, LadderTest.figures(999));
      assertEquals(hidden, hidden(file));
    }
  }

  private static List<Measurement> hidden(RungFile file) {
    return Plan.of(file).stream().filter(m -> m.kind() == RungKind.E3_HIDDEN).toList();
  }
}
