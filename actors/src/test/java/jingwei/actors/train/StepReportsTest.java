package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.stream.Stream;
import jingwei.actors.device.Admission;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.step.TokenLosses;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.step.StepsBefore;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Reports that are foreign, late or doubled change nothing; one that cannot come is a fault. */
@Timeout(60)
class StepReportsTest {
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());

  @AfterAll
  static void close() {
    KIT.shutdownTestKit();
  }

  private static CoordinatorFixture fixture(Clip clip) {
    return new CoordinatorFixture(KIT, clip);
  }

  static Stream<Arguments> doubled() {
    return Stream.of(
            CoordinatorFixture.losses(1, 1),
            CoordinatorFixture.measured(1, 6),
            new StepEvent.Passed(1, 1, 1),
            new StepEvent.Updated(1, 1, 3, 1))
        .map(Arguments::of);
  }

  /** Each event is reported twice while the step is open, once when it is closed, once later. */
  @ParameterizedTest
  @MethodSource("doubled")
  void ignoresADoubledAndALateReport(StepEvent event) {
    try (CoordinatorFixture fixture = fixture(Clip.PER_OWNER)) {
      fixture.begin(1);
      fixture.expectBegin(0, 1);
      fixture.decision();
      fixture.report(event);
      fixture.measure(1);
      fixture.pass(1, 0);
      fixture.pass(1, 1);
      fixture.update(1);
      Admission.Close close = fixture.closing();
      assertEquals(new StrayCounts(0, 0, 1), fixture.strays.counts());
      fixture.report(event);
      CoordinatorFixture.closed(close, 0);
      fixture.storeClosed(1);
      fixture.commitsWithLoss(1.5);
      fixture.report(event);
      CoordinatorFixture.closed(fixture.runToItsClose(2), 0);
      fixture.commitsWithLoss(1.5);
      assertEquals(new StrayCounts(0, 2, 1), fixture.strays.counts());
    }
  }

  static Stream<StepEvent> foreign() {
    return Stream.of(
        new StepEvent.Losses(2, 1, 0, new TokenLosses(new double[] {9, 9, Double.NaN})),
        new StepEvent.Measured(2, 1, 6, 99, 0),
        new StepEvent.Passed(2, 1, 1),
        new StepEvent.Updated(2, 1, 3, 9),
        new StepEvent.Measured(2, 7, 4, 99, 0));
  }

  @ParameterizedTest
  @MethodSource("foreign")
  void ignoresAReportOfAnotherIncarnation(StepEvent event) {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(1);
      fixture.expectBegin(0, 1);
      fixture.report(event);
      fixture.measure(1);
      assertEquals(3, fixture.decision().norm());
      fixture.report(event);
      fixture.pass(1, 0);
      fixture.pass(1, 1);
      fixture.update(1);
      Admission.Close close = fixture.closing();
      close.replyTo().tell(new Admission.Closed(2, 1, 0, CoordinatorFixture.ACTIVITY));
      fixture.begin(2);
      fixture.expectBegin(0, 2);
      fixture.storeClosed(1);
      fixture.session.expectNoMessage(Duration.ZERO);
      CoordinatorFixture.closed(close, 0);
      fixture.commitsWithLoss(1.5);
      assertEquals(new StrayCounts(3, 0, 0), fixture.strays.counts());
    }
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of(CoordinatorFixture.measured(1, 4), "an owner without a gradient"),
        Arguments.of(CoordinatorFixture.measured(1, 99), "an owner without a gradient"),
        Arguments.of(new StepEvent.Updated(1, 1, 5, 1), "an owner without a gradient"),
        Arguments.of(new StepEvent.Updated(1, 1, 3, 1), "before the step is decided"),
        Arguments.of(new StepEvent.Passed(1, 1, 2), "a micro-batch that does not exist"),
        Arguments.of(CoordinatorFixture.losses(1, -1), "a micro-batch that does not exist"),
        Arguments.of(CoordinatorFixture.losses(2, 0), "a step that has not begun"),
        Arguments.of(CoordinatorFixture.measured(7, 1), "a step that has not begun"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void endsInAFaultThatNamesAReportThatCannotCome(StepEvent event, String reason) {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(1);
      fixture.report(event);
      fixture.fault(IllegalStateException.class, reason);
    }
  }

  @Test
  void endsInAFaultIfAStepIsBegunTwice() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      fixture.begin(1);
      fixture.begin(1);
      fixture.fault(IllegalStateException.class, "step=1 is begun twice");
    }
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      CoordinatorFixture.closed(fixture.runToItsClose(1), 0);
      fixture.session.receiveMessage();
      fixture.begin(1);
      fixture.fault(IllegalStateException.class, "step=1 is begun twice");
    }
  }

  @Test
  void ignoresADeviceThatClosesAStepAgain() {
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
      Admission.Close close = fixture.closing(0);
      CoordinatorFixture.closed(close, 0);
      CoordinatorFixture.closed(close, 0);
      CoordinatorFixture.closed(fixture.closing(1), 1);
      fixture.storeClosed(1);
      fixture.commitsWithLoss(1.5);
      assertEquals(new StrayCounts(0, 0, 1), fixture.strays.counts());
      CoordinatorFixture.closed(close, 0);
      fixture.begin(2);
      fixture.expectBegin(0, 2);
      assertEquals(new StrayCounts(0, 1, 1), fixture.strays.counts());
    }
  }

  @Test
  void endsInAFaultIfADeviceClosesAStepThatIsNotOver() {
    try (CoordinatorFixture fixture = fixture(Clip.GLOBAL)) {
      Admission.Close close = fixture.runToItsClose(1);
      fixture.begin(2);
      close.replyTo().tell(new Admission.Closed(1, 2, 0, CoordinatorFixture.ACTIVITY));
      fixture.fault(IllegalStateException.class, "step=2 is closed, but it is not over");
    }
  }
}
