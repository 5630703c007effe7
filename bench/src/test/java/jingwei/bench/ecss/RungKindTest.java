package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jingwei.bench.mixture.ExpertRules.Movement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RungKindTest {
  /** The table of the ladder. */
  @ParameterizedTest
  @CsvSource({
    "B0, NONE, false",
    "B1, ALL, true",
    "B1-overlapped, ALL, true",
    "B2, ALL, false",
    "B2a, ACTIVATED, false"
  })
  void rungsBelowEcssDifferInRoutingAndMovement(String name, Movement movement, boolean isGated) {
    assertEquals(movement, RungKind.of(name).movement());
    assertEquals(isGated, RungKind.of(name).isGated());
  }

  @ParameterizedTest
  @CsvSource({
    "E1, 0, 0",
    "E2, 0, 0",
    "E3, 1, 0",
    "E3-handover, 1, 0",
    "E3-hidden-0.5, 1, 0",
    "experts-1024, 1, 0",
    "E4, 1, 1"
  })
  void rungsOfEcssDifferInLookaheadAndDelay(String name, int lookahead, int delay) {
    RungKind kind = RungKind.of(name);
    assertEquals(false, kind.isMixture());
    assertEquals(lookahead, kind.lookahead());
    assertEquals(delay, kind.delay());
  }

  @Test
  void refusesANameThatNoRungHas() {
    assertThrows(IllegalArgumentException.class, () -> RungKind.of("B3"));
    assertThrows(IllegalArgumentException.class, () -> Measurement.of("b1", 40));
  }
}
