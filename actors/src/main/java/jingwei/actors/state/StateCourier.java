package jingwei.actors.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import jingwei.actors.step.Incarnation;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.Matrix;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.WeightHistory;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Moves the states of owners between their nodes and the coordinator's, one at a time, so that no
 * more than one is held there. No step may be open.
 */
public final class StateCourier extends AbstractBehavior<StateCourier.Command> {
  public sealed interface Command {}

  /** Asks for the counts of an owner; answered with {@link ClockIs}. */
  public record AskClock(int owner) implements Command {}

  /** Brings the state of an owner into the staging memory; answered with {@link StateMoved}. */
  public record Bring(int owner) implements Command {}

  /**
   * Takes a state from the staging memory to its owner; answered with {@link StateMoved} when the
   * owner has it.
   */
  public record Take(int owner) implements Command {}

  /** An answer of the courier. */
  public sealed interface Reply {}

  /** The counts of an owner. */
  public record ClockIs(int owner, OwnerClock clock) implements Reply {}

  /** The staging memory has the state of an owner, or the owner has taken it from there. */
  public record StateMoved(int owner) implements Reply {}

  private record Answered(StateReply reply) implements Command {}

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /** The staging memory of the coordinator, which holds one state. */
  public interface Staging {
    /** Makes room for the state of an owner, which may replace the one before. */
    WeightHistory room(int owner, OwnerClock clock);

    /** The state that is to be taken to its owner. */
    WeightHistory filled(int owner);
  }

  /**
   * How a courier reaches the owners.
   *
   * @param send sends a request to the node of its owner
   * @param nodes the node of each owner, by its index
   */
  public record Owners(Consumer<StateRequest> send, IntUnaryOperator nodes) {}

  private final Decoder decoder;
  private final Staging staging;
  private final Owners owners;
  private final TensorExchange tensors;
  private final ActorRef<StateReply> answers;
  private final ActorRef<Reply> replyTo;
  private final Map<TensorRef, Matrix> announced = new HashMap<>();
  private final Incarnation incarnation;
  private boolean isBringing;

  /** Number of the newest request. */
  private long asked;

  /** Whether that request is not answered yet. */
  private boolean isAsking;

  private StateCourier(
      ActorContext<Command> context,
      Decoder decoder,
      Staging staging,
      Owners owners,
      TensorExchange.Endpoint endpoint,
      Incarnation incarnation,
      ActorRef<Reply> replyTo) {
    super(context);
    this.decoder = decoder;
    this.staging = staging;
    this.owners = owners;
    this.incarnation = incarnation;
    this.tensors =
        endpoint.exchange(
            "states", context.messageAdapter(TensorTransport.Reply.class, Moved::new));
    this.answers = context.messageAdapter(StateReply.class, Answered::new);
    this.replyTo = replyTo;
  }

  /**
   * A courier of the coordinator's node.
   *
   * @param incarnation of the session
   * @param staging memory for one state
   * @param endpoint of the courier at the transport
   * @param replyTo receives all answers
   */
  public static Behavior<Command> create(
      Decoder decoder,
      Staging staging,
      Owners owners,
      TensorExchange.Endpoint endpoint,
      Incarnation incarnation,
      ActorRef<Reply> replyTo) {
    return Behaviors.setup(
        context ->
            new StateCourier(context, decoder, staging, owners, endpoint, incarnation, replyTo));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case AskClock(int owner) -> {
        isBringing = false;
        describe(owner);
      }
      case Bring(int owner) -> {
        isBringing = true;
        describe(owner);
      }
      case Take(int owner) -> take(owner);
      case Answered(StateReply reply) -> onAnswer(reply);
      case Moved(TensorTransport.Reply reply) -> tensors.moved(reply);
    }
    return this;
  }

  private void describe(int owner) {
    owners.send.accept(
        new StateRequest.Describe(incarnation.number(), nextRequest(), owner, answers));
  }

  private long nextRequest() {
    isAsking = true;
    return ++asked;
  }

  private void onAnswer(StateReply reply) {
    if (incarnation.isForeign(reply)) {
      return;
    }
    if (reply.request() < asked) {
      incarnation.strays().late();
      return;
    }
    if (!isAsking) {
      incarnation.strays().doubled();
      return;
    }
    switch (reply) {
      case StateReply.Described described -> onDescribed(described);
      case StateReply.Ready ready -> send(ready.owner(), ready.part());
      case StateReply.Filled filled -> {
        isAsking = false;
        replyTo.tell(new StateMoved(filled.owner()));
      }
    }
  }

  private void onDescribed(StateReply.Described described) {
    isAsking = false;
    if (isBringing) {
      bring(described.owner(), described.clock());
    } else {
      replyTo.tell(new ClockIs(described.owner(), described.clock()));
    }
  }

  private void bring(int owner, OwnerClock clock) {
    List<Matrix> parts = StateParts.of(staging.room(owner, clock));
    int[] missing = {parts.size()};
    List<TensorRef> names = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      TensorRef tensor = name(owner, i, clock, parts.get(i));
      names.add(tensor);
      tensors.receive(
          tensor,
          parts.get(i),
          () -> {
            if (--missing[0] == 0) {
              replyTo.tell(new StateMoved(owner));
            }
          });
    }
    owners.send.accept(new StateRequest.Give(incarnation.number(), ++asked, owner, names));
  }

  private void take(int owner) {
    WeightHistory state = staging.filled(owner);
    List<Matrix> parts = StateParts.of(state);
    List<TensorRef> names = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      TensorRef tensor = name(owner, i, state.clock(), parts.get(i));
      names.add(tensor);
      announced.put(tensor, parts.get(i));
    }
    owners.send.accept(
        new StateRequest.Fill(
            incarnation.number(), nextRequest(), owner, state.clock(), names, answers));
  }

  private void send(int owner, TensorRef part) {
    Matrix bytes = announced.remove(part);
    if (bytes == null) {
      incarnation.strays().doubled(); // it was sent already
      return;
    }
    tensors.send(part, owners.nodes.applyAsInt(owner), bytes, () -> {});
  }

  private TensorRef name(int owner, int part, OwnerClock clock, Matrix bytes) {
    String of = decoder.owners().get(owner).name();
    return tensors.name(of + " " + StateParts.name(part), clock.lastStep(), bytes);
  }
}
