package jingwei.actors.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class IncarnationTest {
  private final Strays strays = new Strays();
  private final Incarnation incarnation = new Incarnation(5, strays);

  @Test
  void countsMessagesOfOtherIncarnations() {
    assertFalse(incarnation.isForeign(new StepEvent.Passed(5, 1, 0)));
    assertEquals(StrayCounts.NONE, strays.counts());
    assertTrue(incarnation.isForeign(new StepEvent.Passed(4, 1, 0)));
    assertTrue(incarnation.isForeign(new StepEvent.Passed(6, 1, 0)));
    assertEquals(new StrayCounts(2, 0, 0), strays.counts());
  }

  @Test
  void countsNumbersThatAreNotNew() {
    assertTrue(incarnation.isNew(8, 7));
    assertEquals(StrayCounts.NONE, strays.counts());
    assertFalse(incarnation.isNew(7, 7));
    assertEquals(new StrayCounts(0, 0, 1), strays.counts());
    assertFalse(incarnation.isNew(3, 7));
    assertFalse(incarnation.isNew(6, 7));
    assertEquals(new StrayCounts(0, 2, 1), strays.counts());
  }

  @Test
  void countsRepetitions() {
    incarnation.countRepetition(true);
    incarnation.countRepetition(true);
    incarnation.countRepetition(false);
    assertEquals(new StrayCounts(0, 1, 2), strays.counts());
  }

  @Test
  void addsCountsUp() {
    assertEquals(
        new StrayCounts(11, 22, 33), new StrayCounts(1, 2, 3).plus(new StrayCounts(10, 20, 30)));
  }
}
