package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartsTest {
  /** Steps at which faults occur, and the expected number of restarts. */
  @ParameterizedTest
  @CsvSource({
    "'5 5 5 5', 3",
    "'0 0 0 0', 3",
    "'1 2 3 4 5 6 7 8 9', 9",
    "'5 5 5 6 6 6 7 7 7 7', 9",
    "'5 3 2 1', 3",
    "'5 3 2 6 5 4 3', 6"
  })
  void countsThoseWithoutANewStepBetween(String faults, int expected) {
    Restarts restarts = new Restarts(3);
    List<Boolean> may = new ArrayList<>();
    try (Scanner steps = new Scanner(faults)) {
      while (steps.hasNextLong()) {
        may.add(restarts.mayRestartAfter(steps.nextLong()));
      }
    }
    assertEquals(expected, may.stream().filter(b -> b).count());
    assertEquals(expected == may.size(), may.getLast());
    assertTrue(new Restarts(1).mayRestartAfter(0));
    assertFalse(new Restarts(0).mayRestartAfter(0));
  }
}
