package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jingwei.actors.device.Admission;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.TokenLosses;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Steps whose messages come out of order, or not at all. */
@Timeout(60)
class StepCoordinatorTest {
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());

  @AfterAll
  static void close() {
    KIT.shutdownTestKit();
  }

  private static CoordinatorFixture fixture(Clip clip) {
    return new CoordinatorFixture(KIT, clip);
  }

  @Test
  void commitsAStepWhenEveryOwnerHasReported() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      CoordinatorFixture.closed(fixture.runToItsClose(1), 0);
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
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(-5);
      fixture.expectBegin(0, -5);
      fixture.pass(-5, 1);
      fixture.report(CoordinatorFixture.losses(-5, 1));
      fixture.report(CoordinatorFixture.losses(-5, 0));
      fixture.pass(-5, 0);
      CoordinatorFixture.closed(fixture.closing(), 0);
      fixture.storeClosed(-5);
      assertInstanceOf(TrainingSession.Evaluated.class, fixture.session.receiveMessage());
    }
  }

  @Test
  void closesAStepOnAllDevicesBeforeItIsCommitted() {
    try (CoordinatorFixture fixture =
        new CoordinatorFixture(KIT, Clip.GLOBAL, 2, StepsBefore.START)) {
      fixture.begin(1);
      fixture.expectBegin(0, 1);
      fixture.expectBegin(1, 1);
      fixture.measure(1);
      fixture.decision();
      fixture.pass(1, 0);
      fixture.pass(1, 1);
      fixture.update(1);
      Admission.Close first = fixture.closing(0);
      CoordinatorFixture.closed(fixture.closing(1), 1);
      fixture.session.expectNoMessage(Duration.ZERO);
      CoordinatorFixture.closed(first, 0);
      fixture.storeClosed(1);
      assertEquals(
          2,
          assertInstanceOf(TrainingSession.Committed.class, fixture.session.receiveMessage())
              .activity()
              .workers());
    }
  }

  /** The counters of a device do not vanish if it has no micro-batch of an evaluation. */
  @Test
  void closesAnEvaluationOnDevicesWithoutAMicroBatch() {
    try (CoordinatorFixture fixture =
        new CoordinatorFixture(KIT, Clip.GLOBAL, 3, StepsBefore.START)) {
      fixture.begin(-5);
      for (int index = 0; index < 2; index++) {
        fixture.expectBegin(index, -5);
        fixture.report(CoordinatorFixture.losses(-5, index));
        fixture.pass(-5, index);
      }
      for (int device = 0; device < 3; device++) {
        CoordinatorFixture.closed(fixture.closing(device), device);
      }
      fixture.storeClosed(-5);
      assertEquals(
          3,
          assertInstanceOf(TrainingSession.Evaluated.class, fixture.session.receiveMessage())
              .activity()
              .workers());
    }
  }

  /** The losses of devices may come in any order; they are added up in the order of the batch. */
  @Test
  void addsUpLossesInTheOrderOfTheBatch() {
    double[] bits = new double[2];
    for (int first = 0; first < 2; first++) {
      try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
        fixture.begin(1);
        StepEvent.Losses[] events = {
          new StepEvent.Losses(1, 1, 0, new TokenLosses(new double[] {1e16, 1, 0})),
          new StepEvent.Losses(1, 1, 1, new TokenLosses(new double[] {1, -1e16, 0}))
        };
        fixture.report(events[first]);
        fixture.report(events[1 - first]);
        CoordinatorFixture.OWNERS.forEach(
            owner -> fixture.report(CoordinatorFixture.measured(1, owner)));
        fixture.decision();
        fixture.pass(1, 0);
        fixture.pass(1, 1);
        fixture.update(1);
        fixture.expectBegin(0, 1);
        CoordinatorFixture.closed(fixture.closing(), 0);
        fixture.storeClosed(1);
        bits[first] =
            assertInstanceOf(TrainingSession.Committed.class, fixture.session.receiveMessage())
                .result()
                .loss();
      }
    }
    assertEquals(bits[0], bits[1]);
  }

  /** The norm of a step may clip the next step, or be a spike, so the next step waits for it. */
  @ParameterizedTest
  @ValueSource(strings = {"GLOBAL", "PREVIOUS_NORM"})
  void judgesAStepAfterItsPredecessorEvenIfMeasuredFirst(Clip clip) {
    try (CoordinatorFixture fixture = fixture(clip)) {
      fixture.begin(1);
      fixture.begin(2);
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
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER)) {
      fixture.begin(1);
      fixture.begin(2);
      assertEquals(1, fixture.decision().step());
      assertEquals(2, fixture.decision().step());
    }
  }

  @Test
  void refusesAStepThatIsNotFinite() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(1);
      fixture.report(CoordinatorFixture.losses(1, 0));
      fixture.report(CoordinatorFixture.losses(1, 1));
      for (int owner : CoordinatorFixture.OWNERS) {
        double squares = owner == 6 ? Double.POSITIVE_INFINITY : 1;
        fixture.report(new StepEvent.Measured(1, 1, owner, squares, 0));
      }
      assertTrue(fixture.decision().isRefused());
    }
  }

  @Test
  void namesTheMissingReportsWhenItStalls() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(1);
      fixture.tick(20);
      StalledException stalled =
          fixture.fault(StalledException.class, "the coordinator waited 17 s in step 1 for");
      assertTrue(stalled.getMessage().contains("among them output"), stalled.getMessage());
      assertTrue(stalled.leftWeightsAsCommitted());
    }
  }

  @Test
  void saysWhichNodesDoNotCloseAStep() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      CoordinatorFixture.closed(fixture.runToItsClose(1), 0);
      fixture.session.receiveMessage();
      fixture.begin(2);
      fixture.expectBegin(0, 2);
      fixture.measure(2);
      fixture.decision();
      fixture.pass(2, 0);
      fixture.pass(2, 1);
      fixture.update(2);
      CoordinatorFixture.closed(fixture.closing(), 0);
      fixture.tick(20);
      fixture.fault(StalledException.class, "in step 2 for host 0 to close it");
    }
  }

  @Test
  void saysWhichDevicesDoNotCloseAStep() {
    try (CoordinatorFixture fixture =
        new CoordinatorFixture(KIT, Clip.GLOBAL, 3, StepsBefore.START)) {
      fixture.begin(-5);
      for (int index = 0; index < 2; index++) {
        fixture.report(CoordinatorFixture.losses(-5, index));
        fixture.pass(-5, index);
      }
      fixture.expectBegin(1, -5);
      CoordinatorFixture.closed(fixture.closing(1), 1);
      fixture.storeClosed(-5);
      fixture.tick(20);
      fixture.fault(StalledException.class, "in an evaluation for device 0, device 2 to close it");
    }
  }

  @Test
  void saysThatAnOwnerMayHaveAppliedTheStepThatStalls() {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER)) {
      fixture.begin(1);
      fixture.tick(20);
      assertFalse(fixture.fault(StalledException.class, "updates").leftWeightsAsCommitted());
    }
  }

  @Test
  void waitsWhileTheNodeMakesProgress() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.tick(40); // no step is open
      fixture.begin(1);
      for (int owner : CoordinatorFixture.OWNERS) {
        fixture.tick(10);
        fixture.report(CoordinatorFixture.measured(1, owner));
      }
      fixture.tick(10);
      fixture.report(CoordinatorFixture.losses(1, 0));
      fixture.report(CoordinatorFixture.losses(1, 1));
      assertEquals(1, fixture.decision().step());
    }
  }

  @Test
  void decidesNoStepAfterItGivesUp() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(1);
      fixture.tell(new StepCoordinator.GiveUp());
      fixture.session.expectMessage(new TrainingSession.GaveUp());
      fixture.measure(1);
      fixture.report(CoordinatorFixture.losses(1, 2));
      fixture.fault(IllegalStateException.class, "a micro-batch that does not exist");
      fixture.store.expectNoMessage(Duration.ZERO);
    }
  }

  @Test
  void finishesAStepThatOwnersMayApplyBeforeItGivesUp() {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER)) {
      fixture.begin(1);
      assertEquals(1, fixture.decision().step());
      fixture.tell(new StepCoordinator.GiveUp());
      fixture.measure(1);
      fixture.pass(1, 0);
      fixture.pass(1, 1);
      fixture.update(1);
      fixture.expectBegin(0, 1);
      assertEquals(new Admission.StopAfter(1, 1), fixture.devices.getFirst().receiveMessage());
      CoordinatorFixture.closed(fixture.closing(), 0);
      fixture.storeClosed(1);
      assertInstanceOf(TrainingSession.Committed.class, fixture.session.receiveMessage());
      fixture.session.expectMessage(new TrainingSession.GaveUp());
    }
  }

  /** A later step is decided early, behind one that is refused whatever it comes to. */
  @Test
  void finishesARefusedStepBeforeOneThatOwnersMayApply() {
    StepsBefore before = new StepsBefore(0, 0, 0, StepHistory.EMPTY, Set.of(1L));
    try (CoordinatorFixture fixture = new CoordinatorFixture(KIT, Clip.PER_OWNER, 1, before)) {
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
