package jingwei.actors.step;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NewestStepTest {
  @Test
  void advancesStepsAndEvaluationsApart() {
    NewestStep newest = new NewestStep();
    assertTrue(newest.advance(1));
    assertTrue(newest.advance(-9));
    assertFalse(newest.advance(1));
    assertFalse(newest.advance(-9));
    assertTrue(newest.advance(3));
    assertTrue(newest.advance(-8));
    assertFalse(newest.advance(2));
    assertFalse(newest.advance(-9));
    assertTrue(newest.isNewer(4));
    assertTrue(newest.advance(4));
  }

  @Test
  void knowsTheNewestStepAndTheNewestEvaluation() {
    NewestStep newest = new NewestStep();
    newest.advance(3);
    newest.advance(-8);
    assertTrue(newest.isNewest(3));
    assertTrue(newest.isNewest(-8));
    assertFalse(newest.isNewest(2));
    assertFalse(newest.isNewest(-9));
  }

  @Test
  void beginsAfterTheStepsBeforeTheSession() {
    NewestStep newest = new NewestStep(7);
    assertFalse(newest.isNewer(7));
    assertTrue(newest.isNewer(8));
    assertTrue(newest.isNewer(-100));
  }
}
