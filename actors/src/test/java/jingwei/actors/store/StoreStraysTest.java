package jingwei.actors.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.transport.TensorRef;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Foreign, late and doubled messages change nothing at a store, and are counted. */
class StoreStraysTest {
  private static final int EXPERT = StoreFixture.EXPERT;
  private static final GradientShare SHARE = new GradientShare(0, 1, 1, 1, 0);

  /** Makes a request of one kind. */
  interface Request {
    ParameterStore.Command about(
        TensorRef tensor, long step, ActorRef<ParameterStore.Ready> readyTo);
  }

  private final StoreFixture it = new StoreFixture(Duration.ZERO);

  @AfterEach
  void close() {
    it.close();
  }

  /** Each request with the number of messages that it causes at once. */
  static Stream<Arguments> requests() {
    Request fetch = (tensor, step, readyTo) -> new ParameterStore.Fetch(EXPERT, step - 1, tensor);
    Request fetchPartial =
        (tensor, step, readyTo) -> new ParameterStore.FetchPartial(EXPERT, step, 0, tensor);
    Request keepPartial =
        (tensor, step, readyTo) -> new ParameterStore.KeepPartial(EXPERT, step, 0, tensor, readyTo);
    Request takeGradient =
        (tensor, step, readyTo) ->
            new ParameterStore.TakeGradient(EXPERT, step, 0, SHARE, tensor, readyTo);
    return Stream.of(
        Arguments.of(fetch, 1),
        Arguments.of(fetchPartial, 0),
        Arguments.of(keepPartial, 2),
        Arguments.of(takeGradient, 2));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void ignoresARequestOfAnotherIncarnation(Request request, int effects) {
    TensorRef own = it.tensor("tensor");
    TensorRef foreign = new TensorRef(own.transfer(), 2, own.name(), 1, own.elements(), own.type());
    it.store.tell(request.about(foreign, 1, it.readyTo()));
    runAStep(1);
    assertEquals(new StrayCounts(1, 0, 0), it.strays.counts());
  }

  @ParameterizedTest
  @MethodSource("requests")
  void ignoresADoubledRequest(Request request, int effects) {
    ParameterStore.Command doubled = request.about(it.tensor("tensor"), 1, it.readyTo());
    it.store.tell(doubled);
    it.store.tell(doubled);
    assertEquals(effects, it.messagesBeforeTheNextFetch());
    assertEquals(new StrayCounts(0, 0, 1), it.strays.counts());
  }

  @ParameterizedTest
  @MethodSource("requests")
  void ignoresARequestThatIsRepeatedAfterAnother(Request request, int effects) {
    ParameterStore.Command late = request.about(it.tensor("tensor"), 1, it.readyTo());
    it.store.tell(late);
    assertEquals(effects, it.messagesBeforeTheNextFetch());
    it.store.tell(late);
    assertEquals(0, it.messagesBeforeTheNextFetch());
    assertEquals(new StrayCounts(0, 1, 0), it.strays.counts());
  }

  @Test
  void ignoresAPartialGradientThatIsAnnouncedOrFetchedAgain() {
    it.keepPartial(1);
    it.keepPartial(1);
    it.fetchPartial(2);
    it.fetchPartial(2);
    assertEquals(2, it.messagesBeforeTheNextFetch());
    assertEquals(new StrayCounts(0, 0, 2), it.strays.counts());
  }

  @Test
  void ignoresAGradientThatIsAnnouncedAgain() {
    it.takeGradient(1);
    it.takeGradient(1);
    GradientShare share = new GradientShare(1, 0b11, 0b10, 0b10, 0);
    it.takeGradient(2, 0, share);
    it.takeGradient(2, 0, share);
    assertEquals(4, it.messagesBeforeTheNextFetch());
    assertEquals(new StrayCounts(0, 0, 2), it.strays.counts());
  }

  @Test
  void ignoresAnnouncementsOfAStepThatIsHandled() {
    runAStep(1);
    it.takeGradient(1);
    it.keepPartial(1);
    it.fetchPartial(1);
    runAStep(2);
    assertEquals(new StrayCounts(0, 3, 0), it.strays.counts());
  }

  /** If the second decision counted, the step would be refused. */
  @Test
  void ignoresAForeignAndADoubledDecision() {
    it.store.tell(new ParameterStore.Decide(2, StoreFixture.decision(1, true)));
    it.decide(1);
    it.store.tell(new ParameterStore.Decide(1, StoreFixture.decision(1, true)));
    it.takeGradient(1);
    it.arrive();
    it.expectReports(1, 1);
    assertEquals(new StrayCounts(1, 0, 1), it.strays.counts());
  }

  @Test
  void ignoresADecisionAboutAStepThatIsOver() {
    for (long step = 1; step <= 6; step++) {
      runAStep(step);
    }
    it.decide(2);
    runAStep(7);
    assertEquals(new StrayCounts(0, 1, 0), it.strays.counts());
  }

  @Test
  void ignoresAForeignAndADoubledConnect() {
    for (long incarnation = 1; incarnation <= 2; incarnation++) {
      it.store.tell(
          new ParameterStore.Connect(incarnation, it.kit.system().deadLetters(), List.of()));
    }
    runAStep(1);
    assertEquals(new StrayCounts(1, 0, 1), it.strays.counts());
  }

  /** A whole step of the expert, in which nothing else happens. */
  private void runAStep(long step) {
    it.keepPartial(step);
    it.arrive();
    it.expectSend(it.fetchPartial(step));
    it.takeGradient(step);
    it.arrive();
    it.decide(step);
    it.expectReports(step, step);
    it.expectNothingMore();
  }
}
