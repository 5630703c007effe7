package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import jingwei.actors.step.StrayCounts;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class AdmissionCloseTest {
  private final TestInbox<Admission.Closed> closed = TestInbox.create("closed");

  /** An evaluation may have fewer micro-batches than there are devices. */
  @Test
  void aDeviceWithoutAPartClosesAnEvaluationAtOnce() {
    StageFixture fixture = new StageFixture();
    try {
      BehaviorTestKit<Admission.Command> admission = fixture.admission();
      for (long id = -5; id < -3; id++) {
        admission.run(new Admission.Close(1, id, closed.getRef()));
        Admission.Closed answer = closed.receiveMessage();
        assertEquals(id, answer.step());
        assertEquals(1, answer.activity().workers());
      }
      assertFalse(fixture.scheduler.hasMessages());
      admission.run(new Admission.Close(1, -5, closed.getRef()));
      assertFalse(closed.hasMessages());
      assertEquals(new StrayCounts(0, 1, 0), fixture.strays.counts());
    } finally {
      fixture.close();
    }
  }
}
