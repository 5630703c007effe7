package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of the ladder that was interrupted goes on where it was. */
class RungFileTest {
  private static final Measurement B1 = Measurement.of("B1", 40);
  private static final Measurement E3 = Measurement.of("E3", 1).at(1.25e9);

  @TempDir private Path folder;

  @Test
  void figuresAreThereAgain() throws IOException {
    try (RungFile file = new RungFile(folder)) {
      file.add(B1, 2, LadderTest.figures(7));
      file.add(E3, 1, LadderTest.figures(Double.NaN));
      file.add(B1, 1, LadderTest.figures(5));
    }
    try (RungFile again = new RungFile(folder)) {
      assertTrue(again.has(B1, 2));
      assertFalse(again.has(E3, 2));
      assertEquals(List.of(B1, E3), again.measurements());
      assertEquals(List.of(LadderTest.figures(5), LadderTest.figures(7)), again.rounds(B1));
      assertTrue(Double.isNaN(again.rounds(E3).getFirst().tokensPerSecond()));
    }
  }
}
