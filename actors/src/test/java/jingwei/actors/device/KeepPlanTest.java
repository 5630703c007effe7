package jingwei.actors.device;

import static jingwei.actors.device.ResidencyFixture.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import jingwei.model.SeededRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which experts keep their slots between two uses. */
class KeepPlanTest {
  private static final int RUNS = 200;

  @Test
  void plansNothingIfAllExpertsFit() {
    assertEquals(Map.of(), KeepPlan.of(Map.of(1, at(0, 3), 2, at(1, 2)), 2, true));
  }

  @Test
  void theExpertLeavesThatIsNeededLast() {
    Map<Integer, boolean[]> kept =
        KeepPlan.of(Map.of(1, at(0, 9), 2, at(1, 6), 3, at(2, 4)), 2, false);
    assertArrayEquals(new boolean[] {false, false}, kept.get(1));
    assertArrayEquals(new boolean[] {true, false}, kept.get(2));
    assertArrayEquals(new boolean[] {true, false}, kept.get(3));
  }

  /** Expert 1 has a partial gradient after position 1, where expert 3 has none after position 4. */
  @ParameterizedTest
  @CsvSource({"20, true", "35, true", "36, false", "50, false"})
  void aPartialGradientStaysUpToThreeTimesTheDistance(long nextOfDirty, boolean stays) {
    Map<Integer, long[]> uses = Map.of(1, at(0, 1, nextOfDirty, 90), 2, at(5, 91), 3, at(4, 15));
    Map<Integer, boolean[]> kept = KeepPlan.of(uses, 2, true);
    assertEquals(stays, kept.get(1)[1]);
    assertEquals(!stays, kept.get(3)[0]);
  }

  @Test
  void expertsInSlotsComeFirstAmongTheUsesOfOnePosition() {
    Map<Integer, boolean[]> kept =
        KeepPlan.of(Map.of(1, at(1), 2, at(1), 3, at(0, 1), 4, at(9)), 1, false);
    assertArrayEquals(new boolean[] {true, false}, kept.get(3));
  }

  @Test
  void expertsThatStayComeLastAmongTheUsesOfOnePosition() {
    Map<Integer, boolean[]> kept =
        KeepPlan.of(Map.of(1, at(0, 3), 2, at(0, 9), 3, at(0)), 1, false);
    assertArrayEquals(new boolean[] {true, false}, kept.get(1));
    assertArrayEquals(new boolean[] {false, false}, kept.get(2));
  }

  /** Whoever is kept through a position needs a slot there, and so does each expert that comes. */
  @Test
  void keepsNoMoreThanTheSlots() {
    int full = 0;
    for (int seed = 0; seed < RUNS; seed++) {
      SeededRandom random = SeededRandom.of(seed, "keep");
      int slots = 1 + random.nextInt(5);
      Map<Integer, long[]> uses = new HashMap<>();
      for (int owner = 0; owner < slots + 4; owner++) {
        uses.put(
            owner,
            random.nextInt(2) == 0
                ? at(random.nextInt(10), 10 + random.nextInt(10))
                : at(
                    random.nextInt(10),
                    10 + random.nextInt(10),
                    20 + random.nextInt(10),
                    30 + random.nextInt(10)));
      }
      Map<Integer, boolean[]> kept = KeepPlan.of(uses, slots, true);
      for (int position = 0; position < 40; position++) {
        int most = mostIn(uses, kept, position);
        assertTrue(most <= slots, "seed=%d position=%d: %d".formatted(seed, position, most));
        full += most == slots ? 1 : 0;
      }
    }
    assertTrue(full > 5 * RUNS, full + " are full");
  }

  /** The kept experts after a position, or those kept through it and one that comes and goes. */
  private static int mostIn(
      Map<Integer, long[]> uses, Map<Integer, boolean[]> kept, long position) {
    int through = 0;
    int after = 0;
    int passing = 0;
    for (Map.Entry<Integer, long[]> of : uses.entrySet()) {
      long[] at = of.getValue();
      boolean[] keeps = kept.get(of.getKey());
      for (int i = 0; i < at.length; i++) {
        boolean isKept = keeps[i];
        boolean cameKept = i > 0 && keeps[i - 1];
        if (at[i] < position && isKept && at[i + 1] > position) {
          through++;
          after++;
        } else if (at[i] == position) {
          through += isKept && cameKept ? 1 : 0;
          after += isKept ? 1 : 0;
          passing = isKept || cameKept ? passing : 1;
        }
      }
    }
    return Math.max(after, through + passing);
  }
}
