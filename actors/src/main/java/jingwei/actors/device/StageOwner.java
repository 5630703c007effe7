package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import jingwei.actors.state.StateExchange;
import jingwei.actors.state.StateRequest;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StepEvent;
import jingwei.actors.transport.NewTransfers;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.layer.Gradients;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Owns the weights, the moments and the gradient of one dense stage, added up over all replicas. It
 * lets the stage on its own device read the weights in place, sends them to the other devices, adds
 * up the gradients of all replicas, and applies them. It computes nothing itself, so it answers
 * while stages compute.
 */
public final class StageOwner extends AbstractBehavior<StageOwner.Command> {
  public sealed interface Command {}

  /**
   * The stage on the owner's device needs the weights that a step reads. Answered with {@link
   * DenseStage.MayRead}.
   */
  record Need(long step) implements Command {}

  /**
   * A copy of the stage needs the weights that a step reads. The owner sends them as this tensor.
   */
  public record SendWeights(long step, TensorRef weights) implements Command, OfSession {
    @Override
    public long incarnation() {
      return weights.incarnation();
    }
  }

  /** The stage on the owner's device has completed the gradient of a replica. */
  record ReplicaDone(long step, int replica) implements Command {}

  /**
   * A copy announces the gradient of a replica.
   *
   * @param readyTo receives {@link DenseStage.Ready} when the owner has asked its transport for it
   */
  public record TakeReplica(
      long step, int replica, TensorRef gradient, ActorRef<DenseStage.Command> readyTo)
      implements Command, OfSession {
    @Override
    public long incarnation() {
      return gradient.incarnation();
    }
  }

  /** The decision to apply or drop the gradient of a step. */
  public record Decide(long incarnation, StepDecision decision) implements Command, OfSession {}

  /** Reads or fills the state of the owner. */
  public record State(StateRequest request) implements Command, OfSession {
    @Override
    public long incarnation() {
      return request.incarnation();
    }
  }

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /**
   * The updater has added up the replicas of a step.
   *
   * @param squares sum of the squares of the gradient
   */
  record Joined(long step, double squares) implements Command {}

  /** The updater has applied a step. */
  record Applied(long step) implements Command {}

  private final Peers peers;
  private final int stage;
  private final int ownerIndex;
  private final StageState state;
  private final StageMemory memory;
  private final TensorExchange tensors;
  private final StateExchange states;
  private final ActorRef<StageUpdater.Command> updater;
  private final Incarnation incarnation;
  private final NewTransfers transfers;
  private final Deque<Command> waiting = new ArrayDeque<>();
  private int sends;
  private boolean isAtUpdater;

  private StageOwner(
      ActorContext<Command> context, Device device, Peers peers, int stage, Start start) {
    super(context);
    this.peers = peers;
    this.stage = stage;
    this.ownerIndex = device.decoder().ownerOf(stage);
    this.memory = start.memory;
    this.state = new StageState(device.rules(), start.weights, start.memory, start.applied);
    this.tensors =
        start.endpoint.exchange(
            "owner of " + state.state().owner().name(),
            context.messageAdapter(TensorTransport.Reply.class, Moved::new));
    this.incarnation = peers.incarnation();
    this.transfers = new NewTransfers(incarnation);
    this.states = new StateExchange(tensors, incarnation, device.rules().mostStale());
    this.updater =
        context.spawn(
            StageUpdater.create(device, state, context.getSelf()),
            "updater",
            DispatcherSelector.fromConfig(WorkerPool.DISPATCHER));
    context.watch(updater);
  }

  /**
   * What an owner starts with.
   *
   * @param weights of the owner, which the actor takes over
   * @param applied last step that was applied to the weights
   * @param memory that it shares with the stage on its device
   * @param endpoint of the owner at the transport
   */
  public record Start(
      WeightHistory weights, long applied, StageMemory memory, TensorExchange.Endpoint endpoint) {}

  /**
   * @param stage index in the decoder's stages
   */
  public static Behavior<Command> create(Device device, Peers peers, int stage, Start start) {
    return Behaviors.setup(context -> new StageOwner(context, device, peers, stage, start));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(ChildFailed.class, this::onChildFailed)
        .build();
  }

  private Behavior<Command> onChildFailed(ChildFailed failed) {
    throw new IllegalStateException(
        state.state().owner().name() + " could not be updated", failed.cause());
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Need need -> {
        waiting.add(need);
        serveReady();
      }
      case SendWeights request -> onRequest(request);
      case ReplicaDone(long step, int replica) -> onReplica(step, replica);
      case TakeReplica take -> onTake(take);
      case Joined(long step, double squares) -> onJoined(step, squares);
      case Decide decide -> onDecide(decide);
      case Applied applied -> onHandled();
      case State(StateRequest request) -> states.on(request, state.history());
      case Moved(TensorTransport.Reply reply) -> tensors.moved(reply);
    }
    return this;
  }

  private void onRequest(SendWeights request) {
    if (!transfers.isNew(request.weights)) {
      return;
    }
    if (state.isHandled(request.step)) {
      incarnation.strays().late();
      return;
    }
    waiting.add(request);
    serveReady();
  }

  private void onDecide(Decide decide) {
    if (incarnation.isForeign(decide)) {
      return;
    }
    boolean isHandled = state.isHandled(decide.decision.step());
    if (isHandled || !state.decide(decide.decision)) {
      incarnation.countRepetition(!isHandled);
      return;
    }
    applyNext();
  }

  /** Gives the weights that exist to those that wait for them. */
  private void serveReady() {
    for (int i = waiting.size(); i > 0; i--) {
      Command request = waiting.remove();
      boolean isServed =
          !isAtUpdater
              && switch (request) {
                case Need(long step) -> state.isReady(step) && letRead(step);
                case SendWeights send -> state.isReady(send.step) && send(send);
                default -> throw new IllegalStateException("not a request: " + request);
              };
      if (!isServed) {
        waiting.add(request);
      }
    }
  }

  private boolean letRead(long step) {
    memory.letRead(step, state.read(step));
    peers.stage(stage).tell(new DenseStage.MayRead(step));
    return true;
  }

  private boolean send(SendWeights request) {
    sends++;
    tensors.send(
        request.weights,
        request.weights.transfer().node(),
        state.read(request.step).flat(),
        () -> {
          sends--;
          applyNext();
        });
    return true;
  }

  private void onReplica(long step, int replica) {
    if (state.replicaIsDone(step, replica)) {
      updater.tell(new StageUpdater.Join(step));
    }
  }

  private void onTake(TakeReplica take) {
    if (!transfers.isNew(take.gradient)) {
      return;
    }
    boolean isHandled = state.isHandled(take.step);
    if (isHandled || !state.announce(take.step, take.replica)) {
      incarnation.countRepetition(!isHandled);
      return;
    }
    Gradients gradient = memory.gradients(take.step).of(take.replica);
    tensors.receive(
        take.gradient,
        gradient.values().flat(),
        () -> {
          gradient.markStarted();
          onReplica(take.step, take.replica);
        });
    take.readyTo.tell(new DenseStage.Ready(take.gradient));
  }

  private void onJoined(long step, double squares) {
    state.measured(step, squares);
    peers
        .coordinator()
        .tell(
            new StepEvent.Measured(
                incarnation.number(), step, ownerIndex, squares, state.readAsOf(step)));
    applyNext();
  }

  /** Applies steps in order, while no copy is being sent the weights that would change. */
  private void applyNext() {
    if (sends > 0 || isAtUpdater || !state.canApply()) {
      return;
    }
    isAtUpdater = true;
    if (state.nextDecision().isRefused()) {
      onHandled();
    } else {
      updater.tell(new StageUpdater.Apply(state.nextDecision(), state.nextSquares()));
    }
  }

  private void onHandled() {
    isAtUpdater = false;
    long step = state.handled();
    peers
        .coordinator()
        .tell(
            new StepEvent.Updated(incarnation.number(), step, ownerIndex, state.state().updates()));
    serveReady();
    applyNext();
  }
}
