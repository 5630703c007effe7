package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepHistory;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepsBefore;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that come late, twice or out of order, and missing messages. */
@Timeout(60)
class StepCoordinatorTest {
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());

  @AfterAll
  static void close() {
    KIT.shutdownTestKit();
  }

  private static CoordinatorFixture fixture(Clip clip, int places) {
    return new CoordinatorFixture(KIT, clip, places);
  }

  @Test
  void commitsAStepWhenEveryOwnerHasReported() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.runToItsClose(1).replyTo().tell(1L);
      TrainingSession.Committed committed =
          assertInstanceOf(TrainingSession.Committed.class, fixture.session.receiveMessage());
      StepResult result = committed.result();
      assertTrue(result.isApplied());
      assertEquals(1.5, result.loss());
      assertEquals(3, result.gradNorm());
      assertEquals(
          Map.of("blocks.1.experts.0", 1L, "blocks.1.experts.3", 1L), result.expertVersions());
      assertEquals(Map.of(0, 0L, 1, 0L, 2, 0L, 3, 0L, 6, 0L, 7, 0L), committed.reads());
    }
  }

  @Test
  void reportsAnEvaluation() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.begin(-5);
      MicroBatchRef first = fixture.admitted.receiveMessage();
      fixture.pass(fixture.admitted.receiveMessage());
      fixture.report(CoordinatorFixture.losses(-5));
      fixture.pass(first);
      fixture.closing().replyTo().tell(-5L);
      assertInstanceOf(TrainingSession.Evaluated.class, fixture.session.receiveMessage());
    }
  }

  @Test
  void admitsAMicroBatchWhenThereIsAPlaceForIt() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 1)) {
      fixture.begin(1);
      fixture.begin(2);
      for (long step = 1; step <= 2; step++) {
        for (int index = 0; index < 2; index++) {
          MicroBatchRef only = fixture.admitted.receiveMessage();
          assertEquals(new MicroBatchRef(step, index, 2, 0, 0), only);
          fixture.pass(only);
        }
      }
    }
  }

  /** The norm of a step may clip the next step, or be a spike, so the next step waits for it. */
  @ParameterizedTest
  @ValueSource(strings = {"GLOBAL", "PREVIOUS_NORM"})
  void judgesAStepAfterItsPredecessorEvenIfMeasuredFirst(Clip clip) {
    try (CoordinatorFixture fixture = fixture(clip, 4)) {
      fixture.begin(1);
      fixture.begin(2);
      fixture.admitted.receiveMessage();
      fixture.measure(2);
      fixture.measure(1);
      StepDecision first = fixture.decision();
      StepDecision second = fixture.decision();
      assertEquals(List.of(1L, 2L), List.of(first.step(), second.step()));
      assertEquals(List.of(1L, 2L), List.of(first.applied(), second.applied()));
      assertFalse(first.isRefused() || second.isRefused());
      assertEquals(clip == Clip.GLOBAL ? 3 : Double.NaN, second.norm());
      assertEquals(clip == Clip.PREVIOUS_NORM ? 3 : Double.NaN, second.previousNorm());
    }
  }

  @Test
  void decidesAtOnceIfOwnersAreClippedSeparately() {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER, 4)) {
      fixture.begin(1);
      fixture.begin(2);
      assertEquals(1, fixture.decision().step());
      assertEquals(2, fixture.decision().step());
    }
  }

  @Test
  void refusesAStepThatIsNotFinite() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 4)) {
      fixture.begin(1);
      fixture.admitted.receiveMessage();
      fixture.report(CoordinatorFixture.losses(1));
      for (int owner : CoordinatorFixture.OWNERS) {
        double squares = owner == 6 ? Double.POSITIVE_INFINITY : 1;
        fixture.report(new StepEvent.Measured(1, owner, squares, 0));
      }
      assertTrue(fixture.decision().isRefused());
    }
  }

  static Stream<Arguments> doubled() {
    MicroBatchRef first = new MicroBatchRef(1, 0, 2, 0, 0);
    return Stream.of(
            CoordinatorFixture.losses(1),
            CoordinatorFixture.measured(1, 6),
            new StepEvent.Passed(first, 7),
            new StepEvent.Updated(1, 3, 1))
        .map(Arguments::of);
  }

  /** Each event is reported twice while the step is open, and once more when it is closed. */
  @ParameterizedTest
  @MethodSource("doubled")
  void endsInAFaultThatNamesADoubledReport(StepEvent event) {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER, 2)) {
      fixture.begin(1);
      fixture.decision();
      fixture.report(event);
      fixture.report(event);
      fixture.fault(IllegalStateException.class, "reported twice: " + event);
    }
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.runToItsClose(1);
      fixture.report(event);
      fixture.fault(IllegalStateException.class, "a step that is not open: " + event);
    }
  }

  static Stream<Arguments> impossible() {
    MicroBatchRef admitted = new MicroBatchRef(1, 0, 2, 0, 0);
    MicroBatchRef waiting = new MicroBatchRef(1, 1, 2, 0, 0);
    return Stream.of(
        Arguments.of(CoordinatorFixture.measured(1, 4), "an owner without a gradient"),
        Arguments.of(CoordinatorFixture.measured(1, 99), "an owner without a gradient"),
        Arguments.of(new StepEvent.Updated(1, 5, 1), "an owner without a gradient"),
        Arguments.of(new StepEvent.Updated(1, 3, 1), "before the step is decided"),
        Arguments.of(new StepEvent.Passed(waiting, 0), "not on its way"),
        Arguments.of(new StepEvent.Passed(admitted, 3), "an owner that does not use it"),
        Arguments.of(CoordinatorFixture.losses(2), "a step that is not open"),
        Arguments.of(CoordinatorFixture.measured(7, 1), "a step that is not open"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void endsInAFaultThatNamesAReportThatCannotCome(StepEvent event, String reason) {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 1)) {
      fixture.begin(1);
      fixture.admitted.receiveMessage();
      fixture.report(event);
      fixture.fault(IllegalStateException.class, reason);
    }
  }

  @Test
  void endsInAFaultIfAStepIsBegunTwice() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.begin(1);
      fixture.begin(1);
      fixture.fault(IllegalStateException.class, "step=1 is begun twice");
    }
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.runToItsClose(1).replyTo().tell(1L);
      fixture.session.receiveMessage();
      fixture.begin(1);
      fixture.fault(IllegalStateException.class, "step=1 is begun twice");
    }
  }

  @Test
  void endsInAFaultIfTheSchedulerClosesAStepTwice() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      var replyTo = fixture.runToItsClose(1).replyTo();
      replyTo.tell(1L);
      replyTo.tell(1L);
      fixture.fault(IllegalStateException.class, "step=1 is counted, but it is not closed");
    }
  }

  @Test
  void namesTheMissingReportsWhenItStalls() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.begin(1);
      fixture.admitted.receiveMessage();
      fixture.tick(20);
      StalledException stalled =
          fixture.fault(StalledException.class, "the coordinator waited 17 s in step 1 for");
      assertTrue(stalled.getMessage().contains("among them output"), stalled.getMessage());
      assertTrue(stalled.leftWeightsAsCommitted());
    }
  }

  @Test
  void saysThatAnOwnerMayHaveAppliedTheStepThatStalls() {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER, 2)) {
      fixture.begin(1);
      fixture.admitted.receiveMessage();
      fixture.tick(20);
      assertFalse(fixture.fault(StalledException.class, "updates").leftWeightsAsCommitted());
    }
  }

  @Test
  void waitsWhileTheNodeMakesProgress() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.tick(40); // no step is open
      fixture.begin(1);
      fixture.admitted.receiveMessage();
      for (int owner : CoordinatorFixture.OWNERS) {
        fixture.tick(10);
        fixture.report(CoordinatorFixture.measured(1, owner));
      }
      fixture.tick(10);
      fixture.report(CoordinatorFixture.losses(1));
      assertEquals(1, fixture.decision().step());
    }
  }

  @Test
  void decidesNoStepAfterItGivesUp() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL, 2)) {
      fixture.begin(1);
      fixture.admitted.receiveMessage();
      fixture.tell(new StepCoordinator.GiveUp());
      fixture.session.expectMessage(new TrainingSession.GaveUp());
      fixture.measure(1);
      fixture.report(CoordinatorFixture.losses(1));
      fixture.fault(IllegalStateException.class, "reported twice");
      fixture.store.expectNoMessage(Duration.ZERO);
    }
  }

  @Test
  void finishesAStepThatOwnersMayApplyBeforeItGivesUp() {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER, 2)) {
      fixture.begin(1);
      assertEquals(1, fixture.decision().step());
      fixture.tell(new StepCoordinator.GiveUp());
      fixture.measure(1);
      fixture.pass(fixture.admitted.receiveMessage());
      fixture.pass(fixture.admitted.receiveMessage());
      fixture.update(1);
      fixture.closing().replyTo().tell(1L);
      assertInstanceOf(TrainingSession.Committed.class, fixture.session.receiveMessage());
      fixture.session.expectMessage(new TrainingSession.GaveUp());
    }
  }

  /** A later step is decided early, behind one that is refused whatever it comes to. */
  @Test
  void finishesARefusedStepBeforeOneThatOwnersMayApply() {
    StepsBefore before = new StepsBefore(0, 0, 0, StepHistory.EMPTY, Set.of(1L));
    try (CoordinatorFixture fixture = new CoordinatorFixture(KIT, Clip.PER_OWNER, 4, before)) {
      fixture.begin(1);
      fixture.begin(2);
      assertEquals(2, fixture.decision().step());
      fixture.tell(new StepCoordinator.GiveUp());
      fixture.measure(1);
      StepDecision refused = fixture.decision();
      assertTrue(refused.step() == 1 && refused.isRefused(), refused.toString());
    }
  }
}
