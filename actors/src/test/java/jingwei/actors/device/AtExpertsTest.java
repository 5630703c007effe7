package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.actors.step.MicroBatchRef;
import jingwei.model.step.SumOrder;
import org.junit.jupiter.api.Test;

class AtExpertsTest {
  private static final MicroBatchRef FIRST = new MicroBatchRef(1, 0, 0, 0);
  private static final MicroBatchRef SECOND = new MicroBatchRef(1, 1, 0, 1);

  private final AtExperts atExperts = new AtExperts(SumOrder.FIXED);

  @Test
  void letsMicroBatchesLeaveInTheOrderOfTheirArrival() {
    atExperts.add(FIRST, 2);
    atExperts.add(SECOND, 1);
    atExperts.done(SECOND, 0);
    assertFalse(atExperts.isNextDone(), "the first still waits");
    atExperts.done(FIRST, 1);
    assertFalse(atExperts.isNextDone(), "one of its experts is missing");
    atExperts.done(FIRST, 0);
    assertTrue(atExperts.isNextDone());
    assertEquals(FIRST, atExperts.removeNext());
    assertTrue(atExperts.isNextDone());
    assertEquals(SECOND, atExperts.removeNext());
    assertFalse(atExperts.isNextDone(), "none waits");
  }

  @Test
  void letsAMicroBatchThatIsDoneOvertakeInTheOrderOfArrival() {
    AtExperts arrival = new AtExperts(SumOrder.ARRIVAL);
    arrival.add(FIRST, 1);
    arrival.add(SECOND, 1);
    assertFalse(arrival.isNextDone());
    arrival.done(SECOND, 0);
    assertTrue(arrival.isNextDone());
    assertEquals(SECOND, arrival.removeNext());
    assertFalse(arrival.isNextDone(), "the first still waits");
    arrival.done(FIRST, 0);
    assertEquals(FIRST, arrival.removeNext());
  }

  @Test
  void letsAMicroBatchWithoutExpertsLeaveInItsTurn() {
    atExperts.add(FIRST, 1);
    atExperts.add(SECOND, 0);
    assertFalse(atExperts.isNextDone());
    atExperts.done(FIRST, 0);
    atExperts.removeNext();
    assertTrue(atExperts.isNextDone());
  }

  @Test
  void refusesAReportThatItDoesNotWaitFor() {
    atExperts.add(FIRST, 2);
    refuses(SECOND, 0, "a micro-batch that is not here");
    refuses(FIRST, 2, "an expert that it does not have");
    atExperts.done(FIRST, 0);
    refuses(FIRST, 0, "a doubled report");
    atExperts.done(FIRST, 1);
    atExperts.removeNext();
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
