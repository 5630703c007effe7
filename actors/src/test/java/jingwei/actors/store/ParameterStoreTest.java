package jingwei.actors.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import jingwei.actors.step.StepEvent;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Receive;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TensorTransport.Sent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages in another order, and messages that cannot come: the right state, or one fault. */
class ParameterStoreTest {
  private static final String OWNER = "owner=blocks.1.experts.0";

  private final StoreFixture it = new StoreFixture(Duration.ZERO);

  @AfterEach
  void close() {
    it.close();
  }

  @Test
  void namesAFetchOfAnUnknownOwner() {
    it.store.tell(new ParameterStore.Fetch(99, 4, it.tensor("weights")));
    it.store.expectFault("actor=store", "owner=99", "step=4", "no such expert");
  }

  @Test
  void namesAFetchOfADenseOwner() {
    it.store.tell(new ParameterStore.Fetch(0, 4, it.tensor("weights")));
    it.store.expectFault("actor=store", "owner=embedding", "step=4", "no such expert");
  }

  @Test
  void sendsAPartialGradientThatIsFetchedBeforeItIsAnnounced() {
    TensorRef wanted = it.fetchPartial(1);
    TensorRef kept = it.keepPartial(1);
    assertEquals(kept, it.arrive().tensor());
    it.expectSend(wanted);
  }

  @Test
  void sendsAPartialGradientThatIsFetchedBeforeItHasArrived() {
    it.keepPartial(1);
    TensorRef wanted = it.fetchPartial(1);
    it.arrive();
    it.expectSend(wanted);
  }

  /** An expert that is evicted twice in a step sends twice. */
  @Test
  void keepsAPartialGradientAgainAfterItWasFetched() {
    for (int eviction = 0; eviction < 2; eviction++) {
      it.keepPartial(1);
      it.arrive();
      TensorRef wanted = it.fetchPartial(1);
      Send send = it.expectSend(wanted);
      send.replyTo().tell(new Sent(wanted));
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void appliesAGradientWhetherItsDecisionComesBeforeOrAfter(boolean before) {
    if (before) {
      it.decide(1);
    }
    it.takeGradient(1);
    it.arrive();
    if (!before) {
      it.decide(1);
    }
    it.expectReports(1, 1);
  }

  @Test
  void appliesAGradientThatArrivesAfterItsDecision() {
    it.takeGradient(1);
    it.decide(1);
    it.arrive();
    it.expectReports(1, 1);
  }

  /** The expert was evicted in step 1 and finished step 2 first, both decided early. */
  @Test
  void appliesGradientsInTheOrderOfStepsWhicheverComesFirst() {
    it.decide(1);
    it.decide(2);
    it.takeGradient(2, 1);
    it.arrive();
    it.takeGradient(1, 0);
    it.arrive();
    it.expectReports(1, 1);
    it.expectReports(2, 2);
  }

  @Test
  void dropsTheGradientOfARefusedStep() {
    it.takeGradient(1);
    it.store.tell(new ParameterStore.Decide(1, StoreFixture.decision(1, true)));
    it.arrive();
    it.expectReports(1, 0);
  }

  @Test
  void namesAnUpdateThatIsReportedTwice() {
    apply(1);
    it.store.tell(new ParameterStore.Updated(new StoreUpdater.Applied(StoreFixture.EXPERT, 1)));
    it.store.expectFault("actor=store", OWNER, "step=1", "update is reported twice");
  }

  /** A step that is known to be refused is decided on later than those after it. */
  @Test
  void takesDecisionsOutOfOrder() {
    it.decide(2);
    it.takeGradient(1);
    it.takeGradient(2);
    it.arrive();
    it.arrive();
    it.decide(1);
    it.expectReports(1, 1);
    it.expectReports(2, 2);
  }

  @Test
  void namesAnAnswerOfTheTransportThatComesTwice() {
    it.takeGradient(1);
    Receive receive = it.arrive();
    receive.replyTo().tell(new Arrived(receive.tensor(), 0));
    it.store.expectFault(
        "actor=store", "tensor=blocks.1.experts.0 gradient", "step=1", "no such transfer");
  }

  @Test
  void namesATransferThatFailed() {
    TensorRef weights = it.fetch(0);
    Send send = it.expectSend(weights);
    send.replyTo().tell(new TensorTransport.Failed(weights, "no receiver"));
    it.store.expectFault("tensor=blocks.1.experts.0 weights: no receiver");
  }

  @Test
  void updatesWeightsOnlyWhenTheyAreNotBeingSent() {
    Send first = it.expectSend(it.fetch(0));
    it.takeGradient(1);
    it.arrive();
    it.decide(1);
    Send second = it.expectSend(it.fetch(0));
    it.reports.expectNoMessage(Duration.ZERO);
    second.replyTo().tell(new Sent(second.tensor()));
    first.replyTo().tell(new Sent(first.tensor()));
    it.expectReports(1, 1);
  }

  @Test
  void ignoresTheEndOfADelayWithNothingPending() {
    try (StoreFixture slow = new StoreFixture(Duration.ofHours(1))) {
      ParameterStore.DelayOver over = new ParameterStore.DelayOver(StoreFixture.EXPERT);
      slow.store.tell(over);
      slow.takeGradient(1);
      slow.arrive();
      slow.decide(1);
      Send send = slow.expectSend(slow.fetch(0));
      send.replyTo().tell(new Sent(send.tensor()));
      Send next = slow.expectSend(slow.fetch(0));
      next.replyTo().tell(new Sent(next.tensor()));
      slow.reports.expectNoMessage(Duration.ZERO);
      slow.store.tell(over);
      slow.expectReports(1, 1);
    }
  }

  private void apply(long step) {
    it.takeGradient(step);
    it.arrive();
    it.decide(step);
    it.expectReports(step, step);
  }

  /**
   * Device 0 has replicas 0 and 2, device 1 has 1 and 3. Added up in the order of replicas, each
   * value is 1; device after device it would be 2, from the last replica to the first 0.
   */
  @Test
  void addsUpTheSharesOfSeveralDevicesInTheOrderOfReplicas() {
    try (StoreFixture four = new StoreFixture(Duration.ZERO, 4)) {
      four.decide(1);
      four.takeGradient(1, new GradientShare(1, 0b11, 0b1010, 0b1010, 0));
      four.arrive(1, 1);
      four.reports.expectNoMessage(Duration.ZERO);
      four.takeGradient(1, new GradientShare(0, 0b11, 0b0101, 0b0101, 0));
      four.arrive(1e8f, -1e8f);
      assertEquals(
          new StepEvent.Measured(1, 1, StoreFixture.EXPERT, StoreFixture.numWeights(), 0),
          four.reports.receiveMessage());
      four.expectReports(1, 1);
    }
  }

  /** Both have evicted the same expert in the same step. */
  @Test
  void keepsThePartialGradientsOfTwoDevicesApart() {
    it.keepPartial(1, 0);
    it.arrive(2);
    it.keepPartial(1, 1);
    it.arrive(3);
    assertEquals(3, it.firstValue(it.expectSend(it.fetchPartial(1, 1))));
    assertEquals(2, it.firstValue(it.expectSend(it.fetchPartial(1, 0))));
  }
}
