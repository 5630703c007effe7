package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Receive;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TensorTransport.Sent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages that come late, twice, or in another order: the right state, or one named fault. */
class DeviceSchedulerTest {
  private static final String OWNER = "owner=blocks.1.experts.0";

  private final SchedulerFixture it = new SchedulerFixture(2, 0);

  @AfterEach
  void close() {
    it.close();
  }

  @Test
  void servesANeedThatComesBeforeTheLookahead() {
    it.need(0, 1);
    it.lookahead(1);
    it.expectFetch(0, 0);
    it.arrive();
    it.expectLease(1);
  }

  @Test
  void servesADoubledNeedOnce() {
    it.need(0, 1);
    it.need(0, 1);
    it.lookahead(1);
    it.need(0, 1);
    it.expectFetch(0, 0);
    it.arrive();
    it.need(0, 1);
    it.expectLease(1);
    it.expectNothingMore();
  }

  @Test
  void namesAnExpertThatNeedsAStepInWhichItDoesNotCompute() {
    it.lookahead(1);
    it.need(2, 1);
    it.scheduler.expectFault("actor=scheduler", "owner=blocks.1.experts.2", "step=1");
  }

  @Test
  void namesAnEarlyNeedThatTheLookaheadDoesNotExplain() {
    it.need(2, 1);
    it.lookahead(1);
    it.scheduler.expectFault("actor=scheduler", "owner=blocks.1.experts.2", "step=1");
  }

  @Test
  void namesALookaheadThatComesTwice() {
    it.lookahead(1);
    it.lookahead(1);
    it.scheduler.expectFault("actor=scheduler", "step=1", "lookahead came twice");
  }

  @Test
  void namesALookaheadOfAClosedStep() {
    finishStep(1);
    it.lookahead(1);
    it.scheduler.expectFault("actor=scheduler", "step=1", "lookahead came twice");
  }

  @Test
  void namesANeedAfterTheLastProduct() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.finished(0, 1);
    it.need(0, 1);
    it.scheduler.expectFault("actor=scheduler", OWNER, "step=1", "after its last product");
  }

  @Test
  void namesANeedOfAClosedStep() {
    finishStep(1);
    it.need(0, 1);
    it.scheduler.expectFault("actor=scheduler", OWNER, "step=1", "not in the window");
  }

  @Test
  void namesAProductWithoutALease() {
    it.lookahead(1);
    it.used(0, 1);
    it.scheduler.expectFault("actor=scheduler", OWNER, "step=1", "has computed", "ABSENT");
  }

  @Test
  void namesALeaseThatIsGivenBackUnasked() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.yielded(0, 1, 0);
    it.scheduler.expectFault("actor=scheduler", OWNER, "step=1", "gives its slot back");
  }

  @Test
  void namesAnExpertThatFinishesTwice() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.finished(0, 1);
    it.finished(0, 1);
    it.scheduler.expectFault("actor=scheduler", OWNER, "step=1", "has finished", "LEAVING");
  }

  @Test
  void namesAnExpertThatFinishesAgainWhenItsResidencyIsOver() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.finishAndSend(0, 1);
    it.need(1, 1);
    it.expectFetch(1, 0);
    it.finished(0, 1);
    it.scheduler.expectFault("actor=scheduler", OWNER, "step=1", "is over");
  }

  /** The expert finished before the request for its slot reached it. */
  @Test
  void takesAFinishThatCrossesARevoke() {
    try (SchedulerFixture one = new SchedulerFixture(1, 0)) {
      one.lookahead(1);
      one.bring(0, 1, 0);
      one.used(0, 1);
      one.need(1, 1);
      one.expectRevoke(1);
      one.finishAndSend(0, 1);
      one.expectFetch(1, 0);
      one.arrive();
      assertEquals(0, one.expectLease(1).slot());
    }
  }

  /** A partial gradient goes to the store and comes back with the weights. */
  @Test
  void leasesWhenWeightsAndPartialGradientAreBothThere() {
    try (SchedulerFixture one = new SchedulerFixture(1, 0)) {
      one.lookahead(1);
      one.bring(0, 1, 0);
      one.used(0, 1);
      one.need(1, 1);
      one.expectRevoke(1);
      one.yielded(0, 1, 1);
      var keep = one.expectAtStore(ParameterStore.KeepPartial.class);
      keep.readyTo().tell(new ParameterStore.Ready(keep.sums()));
      assertEquals(keep.sums(), one.sent().tensor());
      one.expectFetch(1, 0);
      one.arrive();
      one.expectLease(1);
      one.need(0, 1);
      one.finishAndSend(1, 1);
      one.expectFetch(0, 0);
      one.expectAtStore(ParameterStore.FetchPartial.class);
      Receive weights = one.expectReceive();
      Receive partial = one.expectReceive();
      partial.replyTo().tell(new Arrived(partial.tensor(), 0));
      weights.replyTo().tell(new Arrived(weights.tensor(), 0));
      one.expectLease(1);
    }
  }

  /** A part that nobody has asked for is skipped. */
  @Test
  void sendsAGradientWhenTheStoreIsReadyAndNotBefore() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.finished(0, 1);
    ParameterStore.TakeGradient take = it.expectGradient();
    it.expectNothingMore();
    SchedulerFixture.ready(take);
    assertEquals(take.gradient(), it.expectSend().tensor());
  }

  @Test
  void ignoresAStoreThatIsReadyTwiceOrInAnotherIncarnation() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.finished(0, 1);
    ParameterStore.TakeGradient take = it.expectGradient();
    TensorRef tensor = take.gradient();
    TensorRef foreign =
        new TensorRef(tensor.transfer(), 2, tensor.name(), 1, tensor.elements(), tensor.type());
    take.readyTo().tell(new ParameterStore.Ready(foreign));
    SchedulerFixture.ready(take);
    SchedulerFixture.ready(take);
    assertEquals(tensor, it.expectSend().tensor());
    it.expectNothingMore();
    assertEquals(new StrayCounts(1, 0, 1), it.strays.counts());
  }

  @Test
  void namesAnAnswerOfTheTransportThatComesTwice() {
    it.lookahead(1);
    it.need(0, 1);
    Receive receive = it.arrive();
    receive.replyTo().tell(new Arrived(receive.tensor(), 0));
    it.scheduler.expectFault(
        "actor=scheduler", "tensor=blocks.1.experts.0 weights", "step=0", "no such transfer");
  }

  @Test
  void namesATransferThatFailed() {
    it.lookahead(1);
    it.need(0, 1);
    Receive receive = it.expectReceive();
    receive.replyTo().tell(new TensorTransport.Failed(receive.tensor(), "no sender"));
    it.scheduler.expectFault("tensor=blocks.1.experts.0 weights: no sender");
  }

  @Test
  void ignoresAnUpdateThatIsReportedTwiceOrInAnotherIncarnation() {
    try (SchedulerFixture four = new SchedulerFixture(4, 0)) {
      four.lookahead(1);
      four.bring(0, 1, 0);
      four.bring(1, 1, 0);
      four.finishAndSend(0, 1);
      four.finishAndSend(1, 1);
      four.applied(0, 1);
      four.applied(0, 1);
      four.close(1);
      four.expectClosed(1);
      four.applied(0, 1);
      four.lookahead(2);
      four.need(0, 2);
      four.need(1, 2);
      four.expectFetch(0, 1);
      four.arrive();
      four.expectLease(2);
      four.applied(2, 1, 1);
      four.expectNothingMore();
      four.applied(1, 1);
      four.expectFetch(1, 1);
      assertEquals(new StrayCounts(1, 1, 1), four.strays.counts());
    }
  }

  /** The store's report and the coordinator's close have different senders. */
  @Test
  void fetchesTheNewVersionWhenItsUpdateIsReportedAfterTheClose() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.bring(1, 1, 0);
    it.finishAndSend(0, 1);
    it.finishAndSend(1, 1);
    it.applied(1, 1);
    it.close(1);
    it.expectClosed(1);
    it.lookahead(2);
    it.need(0, 2);
    it.need(1, 2);
    it.expectFetch(1, 1);
    it.arrive();
    it.expectLease(2);
    it.applied(0, 1);
    it.expectFetch(0, 1);
  }

  /**
   * The store's report may reach the coordinator before the transport's reply reaches the
   * scheduler.
   */
  @Test
  void closesAStepOnlyWhenItsLastGradientIsSent() {
    it.lookahead(1);
    it.bring(0, 1, 0);
    it.bring(1, 1, 0);
    it.finishAndSend(0, 1);
    it.finished(1, 1);
    SchedulerFixture.ready(it.expectGradient());
    Send last = it.expectSend();
    it.close(1);
    it.expectNothingMore();
    it.closed.expectNoMessage(Duration.ZERO);
    last.replyTo().tell(new Sent(last.tensor()));
    it.expectClosed(1);
  }

  @Test
  void namesAStepThatIsClosedTwice() {
    finishStep(1);
    it.close(1);
    it.scheduler.expectFault("actor=scheduler", "step=1", "closed twice");
  }

  @Test
  void namesAStepThatIsClosedTwiceBeforeItIsOver() {
    it.lookahead(1);
    it.close(1);
    it.close(1);
    it.scheduler.expectFault("actor=scheduler", "step=1", "closed twice");
  }

  @Test
  void namesAStepThatIsClosedBeforeItsLookahead() {
    it.close(1);
    it.scheduler.expectFault("actor=scheduler", "step=1", "before its lookahead");
  }

  @Test
  void countsHowLongAnExpertWaited() {
    it.lookahead(1);
    it.need(0, 1);
    it.expectFetch(0, 0);
    it.clockNanos.addAndGet(7_000_000);
    it.arrive();
    it.expectLease(1);
    it.finishAndSend(0, 1);
    EcssCounters counters = it.device.ecss().counters();
    assertEquals(7, counters.stallMillis());
    assertEquals(new EcssCounters.Residencies(0, 1, 0, 0), counters.residencies());
  }

  private void finishStep(long step) {
    it.lookahead(step);
    for (int expert = 0; expert < 2; expert++) {
      it.bring(expert, step, step - 1);
      it.finishAndSend(expert, step);
    }
    it.close(step);
    it.expectClosed(step);
  }
}
