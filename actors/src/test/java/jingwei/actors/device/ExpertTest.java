package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late, doubled and reordered messages at one expert. */
class ExpertTest {
  private final StageFixture fixture = new StageFixture();
  private final BehaviorTestKit<Expert.Command> expert = fixture.expert(0);
  private final MicroBatchRef first = fixture.microBatch(1, 0);
  private final MicroBatchRef second = fixture.microBatch(1, 1);

  @BeforeEach
  void begin() {
    fixture.begin(1);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void asksOnceForALeaseAndComputesInOrderWhenItComes() {
    expert.run(new Expert.Compute(first, 0, false, false));
    expert.run(new Expert.Compute(second, 0, false, false));
    assertEquals(
        List.of(new DeviceScheduler.Need(fixture.residency(0, 1))),
        fixture.scheduler.getAllReceived());
    assertFalse(stage().hasMessages());
    expert.run(new Expert.Lease(1, 0, 0));
    assertEquals(
        List.of(
            new DenseStage.ExpertDone(first, 0, false),
            new DenseStage.ExpertDone(second, 0, false)),
        stage().getAllReceived());
  }

  @Test
  void computesAtOnceUnderALeaseThatCameBefore() {
    expert.run(new Expert.Lease(1, 0, 0));
    expert.run(new Expert.Compute(first, 0, false, false));
    assertEquals(
        List.of(new DeviceScheduler.Used(fixture.residency(0, 1), false)),
        fixture.scheduler.getAllReceived());
    assertEquals(List.of(new DenseStage.ExpertDone(first, 0, false)), stage().getAllReceived());
  }

  @Test
  void refusesADoubledLease() {
    expert.run(new Expert.Lease(1, 0, 0));
    IllegalStateException fault =
        assertThrows(IllegalStateException.class, () -> expert.run(new Expert.Lease(1, 1, 0)));
    assertEquals(
        "blocks.1.experts.0 was leased slot 1 for step 1, and holds slot 0", fault.getMessage());
  }

  /** The scheduler revokes a lease that was already given back: the messages crossed. */
  @Test
  void ignoresARevocationOfALeaseThatItDoesNotHold() {
    expert.run(new Expert.Revoke(1));
    assertFalse(fixture.scheduler.hasMessages());
    expert.run(new Expert.Lease(1, 0, 0));
    expert.run(new Expert.Revoke(1));
    expert.run(new Expert.Revoke(1));
    assertEquals(
        List.of(new DeviceScheduler.Yielded(fixture.residency(0, 1), 0)),
        fixture.scheduler.getAllReceived());
  }

  @Test
  void givesItsLeaseBackWithItsGradientAfterTheLastProduct() {
    expert.run(new Expert.Lease(1, 0, 0));
    expert.run(new Expert.Compute(first, 0, false, false));
    expert.run(new Expert.Compute(second, 0, false, false));
    expert.run(new Expert.Compute(first, 0, true, false));
    expert.run(new Expert.Compute(second, 0, true, true));
    List<DeviceScheduler.Command> told = fixture.scheduler.getAllReceived();
    assertTrue(
        told.getLast() instanceof DeviceScheduler.Finished finished && finished.startedBits() == 1,
        told.toString());
    // No gradient was dispatched to it, so its own is zero.
    assertEquals(
        List.of(new StepEvent.Measured(1, 1, fixture.residency(0, 1).owner(), 0, 0)),
        fixture.coordinator.getAllReceived());
    expert.run(new Expert.Revoke(1));
    assertFalse(fixture.scheduler.hasMessages(), "a late revocation");
  }

  private TestInbox<DenseStage.Command> stage() {
    return fixture.stages.get(StageFixture.ROUTED);
  }
}
