package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.actors.step.MicroBatchRef;
import org.junit.jupiter.api.Test;

class AtExpertsTest {
  private static final MicroBatchRef FIRST = new MicroBatchRef(1, 0, 0, 0);
  private static final MicroBatchRef SECOND = new MicroBatchRef(1, 1, 0, 1);

  private final AtExperts atExperts = new AtExperts();

  @Test
  void letsMicroBatchesLeaveInTheOrderOfTheirArrival() {
    atExperts.add(FIRST, 2);
    atExperts.add(SECOND, 1);
    atExperts.done(SECOND, 0);
    assertFalse(atExperts.isFirstDone(), "the first still waits");
    atExperts.done(FIRST, 1);
    assertFalse(atExperts.isFirstDone(), "one of its experts is missing");
    atExperts.done(FIRST, 0);
    assertTrue(atExperts.isFirstDone());
    assertEquals(FIRST, atExperts.removeFirst());
    assertTrue(atExperts.isFirstDone());
    assertEquals(SECOND, atExperts.removeFirst());
    assertFalse(atExperts.isFirstDone(), "none waits");
  }

  @Test
  void letsAMicroBatchWithoutExpertsLeaveInItsTurn() {
    atExperts.add(FIRST, 1);
    atExperts.add(SECOND, 0);
    assertFalse(atExperts.isFirstDone());
    atExperts.done(FIRST, 0);
    atExperts.removeFirst();
    assertTrue(atExperts.isFirstDone());
  }

  @Test
  void refusesAReportThatItDoesNotWaitFor() {
    atExperts.add(FIRST, 2);
    refuses(SECOND, 0, "a micro-batch that is not here");
    refuses(FIRST, 2, "an expert that it does not have");
    atExperts.done(FIRST, 0);
    refuses(FIRST, 0, "a doubled report");
    atExperts.done(FIRST, 1);
    atExperts.removeFirst();
    refuses(FIRST, 1, "a late report");
  }

  private void refuses(MicroBatchRef microBatch, int place, String what) {
    IllegalStateException fault =
        assertThrows(IllegalStateException.class, () -> atExperts.done(microBatch, place), what);
    assertEquals(
        "expert %d reported micro-batch %d of step 1, which does not wait for it"
            .formatted(place, microBatch.index()),
        fault.getMessage());
  }
}
