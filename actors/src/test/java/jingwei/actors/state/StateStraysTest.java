package jingwei.actors.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.step.Strays;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferId;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Foreign, late and doubled messages about states change nothing, and are counted. */
class StateStraysTest {
  private static final int OWNER = 0;
  private static final OwnerClock LATER = new OwnerClock(7, 8, 7, List.of());

  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Decoder decoder =
      new Decoder(
          new DecoderShape(
              4,
              4,
              new DecoderShape.Sizes(4, 1, 4),
              new DecoderShape.Stack(1, 1, false),
              new DecoderShape.Experts(1, 2)));
  private final WeightHistory history =
      new WeightHistory(
          new OwnerState(decoder.owners().get(OWNER), ElementType.FLOAT32, memory),
          ElementType.FLOAT32,
          memory);
  private final Strays strays = new Strays();
  private final Incarnation incarnation = new Incarnation(1, strays);
  private final TestInbox<TensorTransport.Command> transport = TestInbox.create("transport");
  private final TensorExchange.Endpoint endpoint =
      new TensorExchange.Endpoint(0, 2, 1, new BufferLoans(), transport.getRef());

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void answersARequestOnce() {
    StateExchange exchange =
        new StateExchange(
            endpoint.exchange("owner", TestInbox.<TensorTransport.Reply>create().getRef()),
            incarnation,
            0);
    TestInbox<StateReply> replies = TestInbox.create("replies");
    exchange.on(new StateRequest.Describe(2, 1, OWNER, replies.getRef()), history);
    assertFalse(replies.hasMessages());
    StateRequest first = new StateRequest.Describe(1, 1, OWNER, replies.getRef());
    exchange.on(first, history);
    assertEquals(
        List.of(new StateReply.Described(1, 1, OWNER, OwnerClock.START)), replies.getAllReceived());
    exchange.on(first, history);
    assertEquals(new StrayCounts(1, 0, 1), strays.counts());

    StateRequest give = new StateRequest.Give(1, 2, OWNER, parts(1));
    exchange.on(give, history);
    assertEquals(3, transport.getAllReceived().size());
    exchange.on(give, history);
    exchange.on(first, history);
    assertEquals(new StrayCounts(1, 1, 2), strays.counts());

    exchange.on(new StateRequest.Fill(2, 3, OWNER, LATER, parts(4), replies.getRef()), history);
    assertEquals(OwnerClock.START, history.clock());
    assertFalse(replies.hasMessages() || transport.hasMessages());
    StateRequest fill = new StateRequest.Fill(1, 3, OWNER, LATER, parts(4), replies.getRef());
    exchange.on(fill, history);
    assertEquals(LATER, history.clock());
    assertEquals(3, transport.getAllReceived().size());
    assertEquals(3, replies.getAllReceived().size());
    exchange.on(fill, history);
    exchange.on(give, history);
    assertFalse(replies.hasMessages() || transport.hasMessages());
    assertEquals(new StrayCounts(2, 2, 3), strays.counts());
  }

  /** Older weights take memory, so they are counted before. */
  @Test
  void takesNoMoreOlderWeightsThanStepsRead() {
    TestInbox<StateReply> replies = TestInbox.create("replies");
    for (OwnerClock wrong :
        List.of(
            new OwnerClock(9, 8, 7, List.of(7L, 6L, 5L)), // one more than is kept
            new OwnerClock(9, 8, 7, List.of(7L, 6L)))) { // but two more parts are named
      StateExchange exchange =
          new StateExchange(
              endpoint.exchange("owner", TestInbox.<TensorTransport.Reply>create().getRef()),
              incarnation,
              1);
      StateRequest fill = new StateRequest.Fill(1, 1, OWNER, wrong, parts(1, 6), replies.getRef());
      long before = memory.usedBytes();
      assertThrows(IllegalStateException.class, () -> exchange.on(fill, history));
      assertEquals(before, memory.usedBytes());
      assertEquals(OwnerClock.START, history.clock());
      assertFalse(replies.hasMessages() || transport.hasMessages());
    }
  }

  @Test
  void takesAnAnswerOnce() {
    Courier it = new Courier();
    it.kit.run(new StateCourier.AskClock(OWNER));
    ActorRef<StateReply> answers =
        assertInstanceOf(StateRequest.Describe.class, it.requests.getFirst()).replyTo();
    it.expect(answers, new StateReply.Described(2, 1, OWNER, LATER));
    StateReply first = new StateReply.Described(1, 1, OWNER, OwnerClock.START);
    it.expect(answers, first, new StateCourier.ClockIs(OWNER, OwnerClock.START));
    it.expect(answers, first);
    assertEquals(new StrayCounts(1, 0, 1), strays.counts());

    it.kit.run(new StateCourier.AskClock(OWNER));
    it.expect(answers, first);
    assertEquals(new StrayCounts(1, 1, 1), strays.counts());
    it.expect(
        answers,
        new StateReply.Described(1, 2, OWNER, LATER),
        new StateCourier.ClockIs(OWNER, LATER));
  }

  @Test
  void sendsEachPartOnce() {
    Courier it = new Courier();
    it.kit.run(new StateCourier.Take(OWNER));
    StateRequest.Fill fill = assertInstanceOf(StateRequest.Fill.class, it.requests.getFirst());
    TensorRef part = fill.parts().getFirst();
    TensorRef foreign =
        new TensorRef(
            part.transfer(), 2, part.name(), part.version(), part.elements(), part.type());
    it.expect(fill.replyTo(), new StateReply.Ready(1, OWNER, foreign));
    assertFalse(transport.hasMessages());
    for (int time = 0; time < 2; time++) {
      it.expect(fill.replyTo(), new StateReply.Ready(1, OWNER, part));
    }
    assertEquals(1, transport.getAllReceived().size());
    StateReply filled = new StateReply.Filled(1, 1, OWNER);
    it.expect(fill.replyTo(), filled, new StateCourier.StateMoved(OWNER));
    it.expect(fill.replyTo(), filled);
    assertEquals(new StrayCounts(1, 0, 2), strays.counts());
    it.kit.run(new StateCourier.AskClock(OWNER));
    it.expect(fill.replyTo(), filled);
    assertEquals(new StrayCounts(1, 1, 2), strays.counts());
  }

  @Test
  void asksForTheStateOnce() {
    Courier it = new Courier();
    it.kit.run(new StateCourier.Bring(OWNER));
    ActorRef<StateReply> answers =
        assertInstanceOf(StateRequest.Describe.class, it.requests.getFirst()).replyTo();
    StateReply described = new StateReply.Described(1, 1, OWNER, OwnerClock.START);
    it.expect(answers, described);
    it.expect(answers, described);
    assertEquals(2, it.requests.size());
    assertInstanceOf(StateRequest.Give.class, it.requests.getLast());
    assertEquals(3, transport.getAllReceived().size());
    assertEquals(new StrayCounts(0, 1, 0), strays.counts());
  }

  private List<TensorRef> parts(long first) {
    return parts(first, 3);
  }

  private List<TensorRef> parts(long first, int number) {
    List<TensorRef> parts = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      parts.add(
          new TensorRef(
              new TransferId(3, 2, first + i),
              1,
              "part",
              1,
              decoder.owners().get(OWNER).layout().length(),
              ElementType.FLOAT32));
    }
    return parts;
  }

  /** A courier whose requests a test sees. */
  private final class Courier {
    private final List<StateRequest> requests = new ArrayList<>();
    private final TestInbox<StateCourier.Reply> replies = TestInbox.create("replies");
    private final BehaviorTestKit<StateCourier.Command> kit =
        BehaviorTestKit.create(
            StateCourier.create(
                decoder,
                new StateCourier.Staging() {
                  @Override
                  public WeightHistory room(int owner, OwnerClock clock) {
                    return history;
                  }

                  @Override
                  public WeightHistory filled(int owner) {
                    return history;
                  }
                },
                new StateCourier.Owners(requests::add, owner -> 1),
                endpoint,
                incarnation,
                replies.getRef()));

    /** An answer comes; the courier reports this much. */
    private void expect(
        ActorRef<StateReply> answers, StateReply answer, StateCourier.Reply... reported) {
      answers.tell(answer);
      kit.runOne();
      assertEquals(List.of(reported), replies.getAllReceived());
    }
  }
}
