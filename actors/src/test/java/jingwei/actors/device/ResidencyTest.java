package jingwei.actors.device;

import static jingwei.actors.device.ResidencyFixture.at;
import static jingwei.actors.device.ResidencyFixture.rules;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jingwei.actors.device.Residency.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which expert is fetched into a slot, and which one is evicted. */
class ResidencyTest {
  @Test
  void fetchesTheExpertThatIsNeededSoonestFirst() {
    ResidencyFixture it = new ResidencyFixture(2, 1).plan(1, Map.of(1, at(9), 2, at(2), 3, at(4)));
    assertEquals(List.of("fetch 2@1 as of 0", "fetch 3@1 as of 0"), it.decide());
  }

  @Test
  void fetchesNeededExpertsBeforeItPrefetches() {
    ResidencyFixture it = new ResidencyFixture(2, 1).plan(1, Map.of(1, at(1), 2, at(7), 3, at(5)));
    it.need(2, 1);
    it.need(3, 1);
    assertEquals(List.of("fetch 3@1 as of 0", "fetch 2@1 as of 0"), it.decide());
  }

  @Test
  void givesEachExpertItsOwnSlotAndTheLowestFreeOne() {
    ResidencyFixture it = new ResidencyFixture(3, 1).plan(1, Map.of(1, at(1), 2, at(2), 3, at(3)));
    List<SlotAction> actions = it.planner.decide();
    List<Integer> slots =
        actions.stream().map(a -> a instanceof SlotAction.Fetch f ? f.slot() : -1).toList();
    assertEquals(List.of(0, 1, 2), slots);
    assertEquals(0, it.planner.freeSlots());
    it.arrive(2, 1);
    it.end(2, 1);
    assertEquals(1, it.planner.freeSlots());
    assertNull(it.residency(2, 1));
    it.plan(2, Map.of(4, at(9)));
    assertEquals(List.of("fetch 4@2 as of 1"), it.decide());
    assertEquals(1, it.residency(4, 2).slot());
  }

  @Test
  void takesTheSlotOfTheExpertThatIsNeededLast() {
    ResidencyFixture it =
        new ResidencyFixture(3, 0)
            .plan(1, Map.of(1, at(20, 90), 2, at(30, 70), 3, at(25, 80), 4, at(10)));
    it.bring(1, 1);
    it.bring(2, 1);
    it.bring(3, 1);
    it.use(3, 1, false);
    it.need(4, 1);
    assertEquals(List.of("revoke 3@1"), it.decide());
    assertEquals(State.REVOKED, it.residency(3, 1).state());
  }

  @ParameterizedTest
  @CsvSource({"21, 1", "23, 1", "25, 2", "30, 2"})
  void evictsAPartialGradientOnlyIfItIsNeededThatMuchLater(long dirtyUse, int leaves) {
    ResidencyFixture it =
        new ResidencyFixture(2, 0).plan(1, Map.of(1, at(20), 2, at(0, dirtyUse), 3, at(10)));
    it.bring(1, 1);
    it.bring(2, 1);
    it.use(2, 1, true);
    it.need(3, 1);
    assertEquals(List.of("revoke " + leaves + "@1"), it.decide());
  }

  @ParameterizedTest
  @CsvSource({"9, false", "10, false", "11, true", "30, true"})
  void evictsForAPrefetchOnlyIfItIsUsedSooner(long holderUse, boolean leaves) {
    ResidencyFixture it = new ResidencyFixture(1, 1).plan(1, Map.of(1, at(holderUse), 2, at(10)));
    it.bring(1, 1);
    assertEquals(leaves ? List.of("revoke 1@1") : List.of(), it.decide());
  }

  /** Expert 3 makes a plan necessary; it computes when the others are done. */
  @ParameterizedTest
  @CsvSource({"9, false", "11, true", "30, true"})
  void aPrefetchTakesASlotThatThePlanGivesUp(long holderUse, boolean leaves) {
    ResidencyFixture it =
        new ResidencyFixture(1, 1).plan(1, Map.of(1, at(0, holderUse), 2, at(10), 3, at(90)));
    it.bring(1, 1);
    it.use(1, 1, false);
    assertEquals(leaves ? List.of("revoke 1@1") : List.of(), it.decide());
  }

  /** Expert 2 stays until 40, so that 3 and 4 take turns in the other slot. */
  @Test
  void neitherPrefetchNorWorkTakesASlotThatThePlanKeeps() {
    ResidencyFixture it =
        new ResidencyFixture(2, 1)
            .plan(1, Map.of(1, at(0, 90), 2, at(1, 40), 3, at(10, 80), 4, at(20, 81)));
    it.bring(1, 1);
    it.bring(2, 1);
    it.use(1, 1, false);
    it.use(2, 1, false);
    it.need(3, 1);
    it.need(4, 1);
    assertEquals(List.of("revoke 1@1"), it.decide());
    it.leave(1, 1);
    assertEquals(List.of("fetch 3@1 as of 0"), it.decide());
    it.arrive(3, 1);
    assertEquals(List.of(), it.decide());
    it.use(3, 1, false);
    assertEquals(List.of("revoke 3@1"), it.decide());
  }

  @Test
  void takesASlotThatThePlanKeepsIfNothingElseWouldGoOn() {
    ResidencyFixture it =
        new ResidencyFixture(1, 0).plan(1, Map.of(1, at(0, 9), 2, at(10), 3, at(90)));
    it.bring(1, 1);
    it.use(1, 1, false);
    it.plan(2, Map.of(4, at(100)));
    it.need(4, 2);
    assertEquals(List.of("revoke 1@1"), it.decide());
  }

  @Test
  void fetchesTheExpertThatStaysLastOfOnePosition() {
    ResidencyFixture it =
        new ResidencyFixture(1, 1).plan(1, Map.of(1, at(0, 3), 2, at(0, 9), 3, at(0, 8)));
    assertEquals(List.of("fetch 2@1 as of 0"), it.decide());
    it.arrive(2, 1);
    it.use(2, 1, false);
    assertEquals(List.of("revoke 2@1"), it.decide());
    it.leave(2, 1);
    assertEquals(List.of("fetch 3@1 as of 0"), it.decide());
    it.arrive(3, 1);
    it.use(3, 1, false);
    assertEquals(List.of("revoke 3@1"), it.decide());
    it.leave(3, 1);
    assertEquals(List.of("fetch 1@1 as of 0"), it.decide());
    it.arrive(1, 1);
    it.use(1, 1, false);
    assertEquals(List.of(), it.decide());
  }

  @Test
  void waitsForAnExpertThatComputesFirst() {
    ResidencyFixture it = new ResidencyFixture(1, 1).plan(1, Map.of(1, at(10), 2, at(12)));
    it.bring(1, 1);
    it.need(2, 1);
    assertEquals(List.of(), it.decide());
    it.end(1, 1);
    assertEquals(List.of("fetch 2@1 as of 0"), it.decide());
  }

  @Test
  void revokesOneLeaseForEachFetch() {
    ResidencyFixture it =
        new ResidencyFixture(2, 0).plan(1, Map.of(1, at(20), 2, at(30), 3, at(5), 4, at(6)));
    it.bring(1, 1);
    it.bring(2, 1);
    it.need(3, 1);
    assertEquals(List.of("revoke 2@1"), it.decide());
    assertEquals(List.of(), it.decide());
    it.planner.leave(it.residency(2, 1));
    assertEquals(List.of(), it.decide());
    it.need(4, 1);
    assertEquals(List.of("revoke 1@1"), it.decide());
    assertEquals(List.of(), it.decide());
    it.leave(2, 1);
    assertEquals(List.of("fetch 3@1 as of 0"), it.decide());
    it.leave(1, 1);
    assertEquals(List.of("fetch 4@1 as of 0"), it.decide());
  }

  @Test
  void waitsWhileEverySlotIsOnItsWay() {
    ResidencyFixture it = new ResidencyFixture(1, 0).plan(1, Map.of(1, at(1, 9), 2, at(2)));
    it.need(1, 1);
    it.need(2, 1);
    assertEquals(List.of("fetch 1@1 as of 0"), it.decide());
    assertEquals(List.of(), it.decide());
    it.arrive(1, 1);
    assertEquals(List.of(), it.decide());
    it.use(1, 1, false);
    assertEquals(List.of("revoke 1@1"), it.decide());
  }

  @Test
  void emptiesAtMostTwoSlotsAtOnceForPrefetches() {
    ResidencyFixture it = resident();
    assertEquals(List.of("revoke 4@1", "revoke 3@1"), it.decide());
    assertEquals(List.of(), it.decide());
    it.leave(4, 1);
    assertEquals(List.of("fetch 5@2 as of 1", "revoke 2@1"), it.decide());
  }

  @Test
  void emptiesSlotsForTheNeededBesideThoseForPrefetches() {
    ResidencyFixture it = resident();
    it.decide();
    IntStream.rangeClosed(5, 8).forEach(owner -> it.need(owner, 2));
    assertEquals(List.of("revoke 2@1", "revoke 1@1"), it.decide());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void prefetchesNothingBeyondTheLookahead(int lookahead) {
    ResidencyFixture it = new ResidencyFixture(10, lookahead);
    for (int step = 1; step <= 6; step++) {
      it.plan(step, Map.of(step, at(10L * step)));
    }
    assertEquals(1 + lookahead, it.decide().size());
    assertEquals(State.ABSENT, it.residency(2 + lookahead, 2 + lookahead).state());
    it.end(1, 1);
    assertEquals(List.of(), it.decide());
    it.planner.close(1);
    int next = 2 + lookahead;
    assertEquals(List.of("fetch %d@%d as of %d".formatted(next, next, next - 1)), it.decide());
  }

  @Test
  void prefetchesNothingWithoutALookahead() {
    ResidencyFixture it = new ResidencyFixture(4, 0).plan(1, Map.of(1, at(1), 2, at(2)));
    assertEquals(List.of(), it.decide());
    it.need(2, 1);
    assertEquals(List.of("fetch 2@1 as of 0"), it.decide());
  }

  @Test
  void readsTheNewestVersionInAnEvaluation() {
    ResidencyFixture it =
        new ResidencyFixture(4, 1, rules(0, 2)).plan(3, Map.of(1, at(30), 2, at(31)));
    it.plan(-5, Map.of(1, at(-50)));
    it.plan(-4, Map.of(1, at(-40)));
    String newest = " as of " + Long.MAX_VALUE;
    assertEquals(List.of("fetch 1@-5" + newest, "fetch 1@-4" + newest), it.decide());
    assertEquals(false, it.planner.waitsForVersion(it.residency(1, -5)));
    it.end(1, -5);
    it.planner.close(-5);
    it.end(1, -4);
    it.planner.close(-4);
    assertEquals(List.of("fetch 1@3 as of 2", "fetch 2@3 as of 2"), it.decide());
  }

  @Test
  void knowsNoResidencyThatWasNotPlanned() {
    ResidencyFixture it = new ResidencyFixture(1, 1).plan(1, Map.of(1, at(1)));
    assertNull(it.residency(1, 2));
    assertNull(it.residency(2, 1));
  }

  @Test
  void closesNoStepBeforeItsResidenciesAreOver() {
    ResidencyFixture it = new ResidencyFixture(1, 1).plan(1, Map.of(1, at(1)));
    String message =
        assertThrows(IllegalStateException.class, () -> it.planner.close(1)).getMessage();
    assertTrue(message.contains("step=1") && message.contains("ABSENT"), message);
  }

  /** Four experts in four slots, and four that are needed sooner in the step after. */
  private static ResidencyFixture resident() {
    ResidencyFixture it =
        new ResidencyFixture(4, 1).plan(1, Map.of(1, at(91), 2, at(92), 3, at(93), 4, at(94)));
    assertEquals(4, it.decide().size());
    IntStream.rangeClosed(1, 4).forEach(owner -> it.arrive(owner, 1));
    return it.plan(2, Map.of(5, at(5), 6, at(6), 7, at(7), 8, at(8)));
  }
}
