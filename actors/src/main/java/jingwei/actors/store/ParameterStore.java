package jingwei.actors.store;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.state.StateExchange;
import jingwei.actors.state.StateRequest;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.NewestStep;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StepEvent;
import jingwei.actors.transport.NewTransfers;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The experts of one host: sends their weights in the requested version, takes their gradients from
 * all devices, and updates them (sparse Adam) when the step decision is known.
 */
public final class ParameterStore extends AbstractBehavior<ParameterStore.Command> {
  public sealed interface Command {}

  /**
   * The actors of other nodes; comes before the first step.
   *
   * @param coordinator receives reports about steps
   * @param schedulers of all devices, which are told about every update
   */
  public record Connect(
      long incarnation, ActorRef<StepEvent> coordinator, List<ActorRef<Applied>> schedulers)
      implements Command, OfSession {
    public Connect {
      schedulers = List.copyOf(schedulers);
    }
  }

  /** Asks for the weights as they were after a step; the store sends them as this tensor. */
  public record Fetch(int owner, long asOf, TensorRef weights) implements Command, OfSession {
    @Override
    public long incarnation() {
      return weights.incarnation();
    }
  }

  /** Asks for the partial gradient that the store keeps; the store sends it as this tensor. */
  public record FetchPartial(int owner, long step, int device, TensorRef sums)
      implements Command, OfSession {
    @Override
    public long incarnation() {
      return sums.incarnation();
    }
  }

  /**
   * Announces a partial gradient, which the store keeps until the device fetches it.
   *
   * @param readyTo receives {@link Ready}
   */
  public record KeepPartial(
      int owner, long step, int device, TensorRef sums, ActorRef<Ready> readyTo)
      implements Command, OfSession {
    @Override
    public long incarnation() {
      return sums.incarnation();
    }
  }

  /**
   * Announces a device's share of the complete gradient of a step.
   *
   * @param after an earlier step whose gradient must be applied before this one, even if it arrives
   *     later; 0 for none. An expert that was evicted in one step may finish the next one before it
   * @param readyTo receives {@link Ready}
   */
  public record TakeGradient(
      int owner,
      long step,
      long after,
      GradientShare share,
      TensorRef gradient,
      ActorRef<Ready> readyTo)
      implements Command, OfSession {
    @Override
    public long incarnation() {
      return gradient.incarnation();
    }
  }

  /** The decision to apply or drop the gradients of a step. */
  public record Decide(long incarnation, StepDecision decision) implements Command, OfSession {}

  /** A step is over for all owners; answered with {@link Closed}. */
  public record Close(long incarnation, long step, ActorRef<Closed> replyTo)
      implements Command, OfSession {}

  /** Reads or fills the state of an expert. */
  public record State(StateRequest request) implements Command, OfSession {
    @Override
    public long incarnation() {
      return request.incarnation();
    }
  }

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /** An updater has added up the shares of a gradient, has applied it, or has drawn weights. */
  record Updated(StoreUpdater.Done done) implements Command {}

  /** An injected delay is over. */
  record DelayOver(int owner) implements Command {}

  /**
   * The store has nothing left to do in a step.
   *
   * @param node of the host
   * @param activity counters of the host
   */
  public record Closed(long incarnation, long step, int node, HostActivity activity)
      implements OfSession {}

  /** The store has asked its transport for the tensor that was announced. */
  public record Ready(TensorRef tensor) implements OfSession {
    @Override
    public long incarnation() {
      return tensor.incarnation();
    }
  }

  /** The gradient of a step is applied or dropped, so newer weights may be fetched. */
  public record Applied(long incarnation, int owner, long step) implements OfSession {}

  private final int node;
  private final StoreTable table;
  private final TensorExchange tensors;
  private final StateExchange states;
  private final Incarnation incarnation;
  private final NewTransfers transfers;
  private final PartialGradients partials;
  private final ExpertUpdates updates;
  private final NewestStep closed = new NewestStep();
  private boolean isConnected;

  /**
   * The dependencies of a store.
   *
   * @param workers that its updaters compute on
   * @param workersDispatcher of the updaters
   * @param endpoint at the transport
   * @param incarnation of the session
   */
  public record Dependencies(
      StoreTable table,
      StepRules rules,
      FaultPlan faults,
      WorkerPool workers,
      DispatcherSelector workersDispatcher,
      TensorExchange.Endpoint endpoint,
      Incarnation incarnation) {}

  private ParameterStore(ActorContext<Command> context, Dependencies dependencies) {
    super(context);
    this.node = dependencies.endpoint.node();
    this.table = dependencies.table;
    this.tensors =
        dependencies.endpoint.exchange(
            "store", context.messageAdapter(TensorTransport.Reply.class, Moved::new));
    this.incarnation = dependencies.incarnation;
    this.transfers = new NewTransfers(incarnation);
    TensorExchange toDevices = tensors.over(LinkDirection.TO_DEVICE);
    this.partials =
        new PartialGradients(table, toDevices, incarnation, dependencies.rules.replicas());
    this.states = new StateExchange(tensors, incarnation, dependencies.rules.mostStale());
    this.updates =
        new ExpertUpdates(context, dependencies, toDevices, updaters(context, dependencies));
  }

  private static List<ActorRef<StoreUpdater.Command>> updaters(
      ActorContext<Command> context, Dependencies dependencies) {
    List<ActorRef<StoreUpdater.Command>> updaters = new ArrayList<>();
    for (int i = 0; i < dependencies.workers.workers(); i++) {
      ActorRef<StoreUpdater.Command> updater =
          context.spawn(
              StoreUpdater.create(
                  dependencies.table,
                  dependencies.workers,
                  dependencies.rules,
                  dependencies.faults),
              "worker-" + i,
              dependencies.workersDispatcher);
      context.watch(updater);
      updaters.add(updater);
    }
    return updaters;
  }

  /** A store with the experts of its table. */
  public static Behavior<Command> create(Dependencies dependencies) {
    return Behaviors.setup(context -> new ParameterStore(context, dependencies));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(ChildFailed.class, ParameterStore::onChildFailed)
        .build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Connect connect -> onConnect(connect);
      case Fetch fetch -> {
        if (transfers.isNew(fetch.weights)) {
          updates.on(fetch);
        }
      }
      case FetchPartial fetch -> {
        if (isNew(fetch.sums, fetch.owner, fetch.step)) {
          partials.on(fetch);
        }
      }
      case KeepPartial keep -> {
        if (isNew(keep.sums, keep.owner, keep.step)) {
          partials.on(keep);
        }
      }
      case TakeGradient take -> {
        if (isNew(take.gradient, take.owner, take.step)) {
          updates.on(take);
        }
      }
      case Decide decide -> {
        if (!incarnation.isForeign(decide)) {
          updates.on(decide.decision);
        }
      }
      case Close close -> onClose(close);
      case State(StateRequest request) -> {
        if (!incarnation.isForeign(request)) {
          onState(request);
        }
      }
      case Moved(TensorTransport.Reply reply) -> tensors.moved(reply);
      case Updated(StoreUpdater.Done done) -> updates.on(done);
      case DelayOver(int owner) -> updates.onDelayOver(owner);
    }
    return this;
  }

  private void onState(StateRequest request) {
    StoredExpert expert = table.expert(request.owner(), 0);
    states.on(
        request,
        expert::clock,
        () ->
            request instanceof StateRequest.Fill ? table.stateToFill(expert) : table.state(expert));
  }

  private static Behavior<Command> onChildFailed(ChildFailed failed) {
    throw new IllegalStateException(failed.getRef().path().name() + " failed", failed.cause());
  }

  private void onConnect(Connect connect) {
    if (incarnation.isForeign(connect)) {
      return;
    }
    if (isConnected) {
      incarnation.strays().doubled();
      return;
    }
    isConnected = true;
    updates.connect(connect);
  }

  private void onClose(Close close) {
    if (incarnation.isForeign(close)) {
      return;
    }
    if (!closed.advance(close.step)) {
      incarnation.countRepetition(closed.isNewest(close.step));
      return;
    }
    close.replyTo.tell(
        new Closed(
            close.incarnation,
            close.step,
            node,
            new HostActivity(table.memoryBytes(), table.updateNanos())));
  }

  /** Returns true for a new request. A stray one is counted and returns false. */
  private boolean isNew(TensorRef tensor, int owner, long step) {
    if (!transfers.isNew(tensor)) {
      return false;
    }
    boolean isLate = table.expert(owner, step).hasHandled(step);
    if (isLate) {
      incarnation.strays().late();
    }
    return !isLate;
  }
}
