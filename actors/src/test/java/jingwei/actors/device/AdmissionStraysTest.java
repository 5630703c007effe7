package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.stream.Stream;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.StrayCounts;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Foreign, late and doubled messages change nothing at a device's entrance, and are counted. */
class AdmissionStraysTest {
  private final StageFixture fixture = new StageFixture();
  private final BehaviorTestKit<Admission.Command> admission = fixture.admission();
  private final TestInbox<Admission.Closed> closed = TestInbox.create("closed");
  private final TestInbox<Admission.IsAt> isAt = TestInbox.create("isAt");

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void ignoresMessagesOfAnotherIncarnation() {
    messages(2).forEach(admission::run);
    assertFalse(fixture.device.hasPart(1));
    assertIdle();
    assertEquals(new StrayCounts(5, 0, 0), fixture.strays.counts());
  }

  @Test
  void ignoresDoubledMessages() {
    admission.run(take(1, 1));
    assertEquals(List.of(new DeviceScheduler.Lookahead(1)), fixture.scheduler.getAllReceived());
    admission.run(take(1, 1));
    assertIdle();
    admission.run(new Admission.Begin(1, 1));
    assertEquals(
        List.of(
            new DenseStage.Begin(1),
            new DenseStage.Forward(fixture.microBatch(1, 0)),
            new DenseStage.Forward(fixture.microBatch(1, 1))),
        fixture.stages.getFirst().getAllReceived());
    fixture.stages.forEach(TestInbox::getAllReceived);
    admission.run(new Admission.Begin(1, 1));
    assertIdle();
    admission.run(new Admission.Close(1, 1, closed.getRef()));
    askedToClose(1);
    admission.run(new Admission.Close(1, 1, closed.getRef()));
    assertIdle();
    admission.run(new Admission.StopAfter(1, 1));
    admission.run(new Admission.StopAfter(1, 1));
    assertIdle();
    assertEquals(new StrayCounts(0, 0, 4), fixture.strays.counts());
  }

  @Test
  void ignoresMessagesAboutAStepThatIsOver() {
    runAStep(1);
    Stream.of(take(1, 1), new Admission.Begin(1, 1), new Admission.Close(1, 1, closed.getRef()))
        .forEach(admission::run);
    assertFalse(fixture.device.hasPart(1));
    assertIdle();
    assertEquals(new StrayCounts(0, 3, 0), fixture.strays.counts());
    runAStep(2);
  }

  /** A question about a step that a device has finished is normal: others may still compute it. */
  @Test
  void answersNoQuestionAboutAStepThatIsNotOpen() {
    runAStep(1);
    admission.run(new Admission.Where(1, 1, isAt.getRef()));
    assertIdle();
    assertEquals(StrayCounts.NONE, fixture.strays.counts());
  }

  private Stream<Admission.Command> messages(long incarnation) {
    return Stream.of(
        take(incarnation, 1),
        new Admission.Begin(incarnation, 1),
        new Admission.StopAfter(incarnation, 0),
        new Admission.Where(incarnation, 1, isAt.getRef()),
        new Admission.Close(incarnation, 1, closed.getRef()));
  }

  private void runAStep(long step) {
    admission.run(take(1, step));
    admission.run(new Admission.Begin(1, step));
    for (int index = 0; index < StageFixture.MICRO_BATCHES; index++) {
      for (int stage = 0; stage < fixture.stages.size(); stage++) {
        admission.run(new Admission.Passed(fixture.microBatch(step, index), stage));
      }
    }
    assertEquals(
        List.of(new StepEvent.Passed(1, step, 0), new StepEvent.Passed(1, step, 1)),
        fixture.coordinator.getAllReceived());
    fixture.scheduler.getAllReceived();
    fixture.stages.forEach(TestInbox::getAllReceived);
    admission.run(new Admission.Close(1, step, closed.getRef()));
    askedToClose(step).tell(step);
    admission.runOne();
    assertEquals(step, closed.receiveMessage().step());
  }

  private ActorRef<Long> askedToClose(long step) {
    DeviceScheduler.Close close = (DeviceScheduler.Close) fixture.scheduler.receiveMessage();
    assertEquals(step, close.step());
    return close.replyTo();
  }

  private Admission.Take take(long incarnation, long step) {
    return new Admission.Take(incarnation, StageFixture.part(step));
  }

  private void assertIdle() {
    fixture.stages.forEach(stage -> assertFalse(stage.hasMessages()));
    assertFalse(fixture.scheduler.hasMessages());
    assertFalse(fixture.coordinator.hasMessages());
    assertFalse(closed.hasMessages());
    assertFalse(isAt.hasMessages());
  }
}
