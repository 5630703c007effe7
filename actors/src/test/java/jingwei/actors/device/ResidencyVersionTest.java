package jingwei.actors.device;

import static jingwei.actors.device.ResidencyFixture.at;
import static jingwei.actors.device.ResidencyFixture.rules;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which version of the weights is fetched, and when a wait counts as one for the version. */
class ResidencyVersionTest {
  private static final int EXPERT = 7;

  @Test
  void fetchesNoVersionBeforeItIsMade() {
    ResidencyFixture it = new ResidencyFixture(10, 3).planInEach(EXPERT, 2);
    it.plan(3, Map.of(1, at(30)));
    it.need(EXPERT, 2);
    assertEquals(List.of("fetch 7@1 as of 0", "fetch 1@3 as of 2"), it.decide());
    it.applied(EXPERT, 1);
    assertEquals(List.of("fetch 7@2 as of 1"), it.decide());
  }

  @Test
  void waitsForTheVersionOfItsOwnExpertAlone() {
    ResidencyFixture it = new ResidencyFixture(10, 1).planInEach(EXPERT, 2);
    it.decide();
    it.applied(EXPERT + 1, 1);
    it.applied(EXPERT, 5);
    assertEquals(List.of(), it.decide());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void readsExactlyAsLateAsTheDelay(int delay) {
    int steps = 6;
    ResidencyFixture it =
        new ResidencyFixture(10, steps, rules(delay, 0)).planInEach(EXPERT, steps);
    List<String> first = new ArrayList<>();
    for (int step = 1; step <= 1 + delay; step++) {
      first.add("fetch 7@%d as of 0".formatted(step));
    }
    assertEquals(first, it.decide());
    for (int made = 1; made + 1 + delay <= steps; made++) {
      it.applied(EXPERT, made);
      String next = "fetch 7@%d as of %d".formatted(made + 1 + delay, made);
      assertEquals(List.of(next), it.decide());
    }
  }

  @Test
  void readsNothingNewerThanTheDelayEvenIfItIsThere() {
    ResidencyFixture it = new ResidencyFixture(10, 0, rules(2, 0)).planInEach(EXPERT, 5);
    for (int step = 1; step <= 4; step++) {
      it.applied(EXPERT, step);
    }
    it.need(EXPERT, 5);
    assertEquals(List.of("fetch 7@5 as of 2"), it.decide());
  }

  @Test
  void fetchesTheNewestVersionWithinTheBoundWhenNeeded() {
    ResidencyFixture it = new ResidencyFixture(10, 0, rules(0, 2)).planInEach(EXPERT, 5);
    for (int step = 2; step <= 5; step++) {
      it.need(EXPERT, step);
    }
    assertEquals(List.of("fetch 7@2 as of 0", "fetch 7@3 as of 0"), it.decide());
    it.applied(EXPERT, 1);
    assertEquals(List.of("fetch 7@4 as of 1"), it.decide());
    it.applied(EXPERT, 2);
    it.applied(EXPERT, 3);
    assertEquals(List.of("fetch 7@5 as of 3"), it.decide());
  }

  @Test
  void prefetchesOnlyTheNewestVersionWithABound() {
    ResidencyFixture it = new ResidencyFixture(10, 3, rules(0, 2)).planInEach(EXPERT, 3);
    assertEquals(List.of("fetch 7@1 as of 0"), it.decide());
    assertEquals(List.of(), it.decide());
    it.applied(EXPERT, 1);
    assertEquals(List.of("fetch 7@2 as of 1"), it.decide());
    it.applied(EXPERT, 2);
    assertEquals(List.of("fetch 7@3 as of 2"), it.decide());
  }

  @Test
  void refetchesTheVersionThatTheResidencyReadFirst() {
    ResidencyFixture it = new ResidencyFixture(10, 3, rules(0, 2)).planInEach(EXPERT, 2);
    it.need(EXPERT, 2);
    assertEquals(List.of("fetch 7@2 as of 0", "fetch 7@1 as of 0"), it.decide());
    it.arrive(EXPERT, 2);
    it.leave(EXPERT, 2);
    it.applied(EXPERT, 1);
    assertEquals(List.of("fetch 7@2 as of 0"), it.decide());
    assertEquals(0, it.residency(EXPERT, 2).readAsOf());
  }

  @Test
  void countsAVersionWaitIfThereWasNoTimeToPrefetch() {
    ResidencyFixture it = new ResidencyFixture(10, 1).planInEach(EXPERT, 2);
    assertFalse(waits(it, 1));
    assertTrue(waits(it, 2));
    it.applied(EXPERT, 1);
    assertTrue(waits(it, 2));
  }

  @Test
  void countsAMissIfAStepLayBetween() {
    ResidencyFixture it =
        new ResidencyFixture(10, 2).plan(1, Map.of(EXPERT, at(1))).plan(3, Map.of(EXPERT, at(30)));
    assertTrue(waits(it, 3));
    it.applied(EXPERT, 1);
    assertFalse(waits(it, 3));
  }

  @Test
  void countsAMissIfTheDelayLeftAStepToPrefetch() {
    ResidencyFixture it = new ResidencyFixture(10, 2, rules(1, 0)).planInEach(EXPERT, 3);
    assertFalse(waits(it, 2));
    assertTrue(waits(it, 3));
    it.applied(EXPERT, 1);
    assertTrue(waits(it, 3));
    it.applied(EXPERT, 2);
    assertFalse(waits(it, 3));
  }

  private static boolean waits(ResidencyFixture it, long step) {
    return it.planner.waitsForVersion(it.residency(EXPERT, step));
  }
}
