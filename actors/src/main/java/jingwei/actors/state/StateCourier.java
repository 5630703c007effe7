package jingwei.actors.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
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
  private boolean isBringing;

  private StateCourier(
      ActorContext<Command> context,
      Decoder decoder,
      Staging staging,
      Owners owners,
      TensorExchange.Endpoint endpoint,
      ActorRef<Reply> replyTo) {
    super(context);
    this.decoder = decoder;
    this.staging = staging;
    this.owners = owners;
    this.tensors =
        endpoint.exchange(
            "states", context.messageAdapter(TensorTransport.Reply.class, Moved::new));
    this.answers = context.messageAdapter(StateReply.class, Answered::new);
    this.replyTo = replyTo;
  }

  /**
   * A courier of the coordinator's node.
   *
   * @param staging memory for one state
   * @param endpoint of the courier at the transport
   * @param replyTo receives all answers
   */
  public static Behavior<Command> create(
      Decoder decoder,
      Staging staging,
      Owners owners,
      TensorExchange.Endpoint endpoint,
      ActorRef<Reply> replyTo) {
    return Behaviors.setup(
        context -> new StateCourier(context, decoder, staging, owners, endpoint, replyTo));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case AskClock(int owner) -> {
        isBringing = false;
        owners.send.accept(new StateRequest.Describe(owner, answers));
      }
      case Bring(int owner) -> {
        isBringing = true;
        owners.send.accept(new StateRequest.Describe(owner, answers));
      }
      case Take(int owner) -> take(owner);
      case Answered(StateReply reply) -> onAnswer(reply);
      case Moved(TensorTransport.Reply reply) -> tensors.moved(reply);
    }
    return this;
  }

  private void onAnswer(StateReply reply) {
    switch (reply) {
      case StateReply.Described(int owner, OwnerClock clock) -> {
        if (isBringing) {
          bring(owner, clock);
        } else {
          replyTo.tell(new ClockIs(owner, clock));
        }
      }
      case StateReply.Ready(int owner, TensorRef part) -> send(owner, part);
      case StateReply.Filled(int owner) -> replyTo.tell(new StateMoved(owner));
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
    owners.send.accept(new StateRequest.Give(owner, names));
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
    owners.send.accept(new StateRequest.Fill(owner, state.clock(), names, answers));
  }

  private void send(int owner, TensorRef part) {
    Matrix bytes = announced.remove(part);
    if (bytes == null) {
      throw new IllegalStateException("nobody announced " + part);
    }
    tensors.send(part, owners.nodes.applyAsInt(owner), bytes, () -> {});
  }

  private TensorRef name(int owner, int part, OwnerClock clock, Matrix bytes) {
    String of = decoder.owners().get(owner).name();
    return tensors.name(of + " " + StateParts.name(part), clock.lastStep(), bytes);
  }
}
