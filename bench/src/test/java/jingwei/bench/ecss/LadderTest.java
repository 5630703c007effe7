package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class LadderTest {
  @Test
  void fitsALine() {
    Ladder.Fit exact = Ladder.fit(new double[] {0.25, 0.5, 1}, new double[] {1.5, 2, 3});
    assertEquals(1, exact.c(), 1e-12);
    assertEquals(2, exact.h(), 1e-12);
    assertEquals(0, exact.residual(), 1e-12);
    Ladder.Fit flat = Ladder.fit(new double[] {0, 1, 0, 1}, new double[] {1, 3, 3, 1});
    assertEquals(2, flat.c(), 1e-12);
    assertEquals(0, flat.h(), 1e-12);
    assertEquals(1, flat.residual(), 1e-12);
    assertThrows(
        IllegalArgumentException.class, () -> Ladder.fit(new double[] {1}, new double[] {1}));
  }

  @Test
  void hidesAllOrNothing() {
    assertEquals(1, Ladder.hiddenShare(0.5, 1, 1), 1e-12);
    assertEquals(1, Ladder.hiddenShare(2, 1, 2), 1e-12);
    assertEquals(0, Ladder.hiddenShare(0.5, 1, 1.5), 1e-12);
    assertEquals(0.5, Ladder.hiddenShare(0.5, 1, 1.25), 1e-12);
  }

  @Test
  void theMiddleRoundCounts() {
    assertEquals(2, Ladder.median(new double[] {9, 1, 2}));
    assertEquals(2.5, Ladder.median(new double[] {9, 1, 2, 3}));
    Figures median = Ladder.median(List.of(figures(1), figures(7), figures(3)));
    assertEquals(figures(3), median);
  }

  /** Figures of which no two are equal. */
  static Figures figures(double value) {
    long whole = (long) value;
    return new Figures(
        value,
        value + 0.5,
        new Figures.Bytes(whole + 1, whole + 2, value + 30, value + 40, value + 0.25, value + 0.75),
        new Figures.Times(value + 5, value + 6, value + 7),
        value + 8,
        whole + 9);
  }
}
