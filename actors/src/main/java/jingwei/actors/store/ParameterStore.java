package jingwei.actors.store;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.buffer.LentWeights;
import jingwei.actors.state.StateExchange;
import jingwei.actors.state.StateRequest;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StepEvent;
import jingwei.actors.transport.NewTransfers;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.layer.ParameterSet;
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
   * @param after the step whose gradient of the expert is handled first, however late it comes; 0
   *     for none. An expert that was evicted in one step may finish the next one before it
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

  /** An updater has added up the shares of a gradient, or has applied it. */
  record Updated(StoreUpdater.Done done) implements Command {}

  /** An injected delay is over. */
  record DelayOver(int owner) implements Command {}

  /**
   * The store has nothing left to do in a step.
   *
   * @param node of the host
   * @param memoryBytes that the host uses
   */
  public record Closed(long incarnation, long step, int node, long memoryBytes)
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
  private final StepRules rules;
  private final FaultPlan faults;
  private final ActorRef<StoreUpdater.Done> updated;
  private final List<ActorRef<StoreUpdater.Command>> updaters = new ArrayList<>();
  private final TensorExchange tensors;
  private final StateExchange states;
  private final StepDecisions decisions;
  private final Incarnation incarnation;
  private final NewTransfers transfers;
  private final PartialGradients partials;
  private ActorRef<StepEvent> coordinator;
  private List<ActorRef<Applied>> schedulers = List.of();

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
    this.rules = dependencies.rules;
    this.faults = dependencies.faults;
    this.decisions = new StepDecisions(rules.mostStale());
    this.tensors =
        dependencies.endpoint.exchange(
            "store", context.messageAdapter(TensorTransport.Reply.class, Moved::new));
    this.incarnation = dependencies.incarnation;
    this.transfers = new NewTransfers(incarnation);
    this.partials = new PartialGradients(table, tensors, incarnation);
    this.states = new StateExchange(tensors, incarnation);
    this.updated = context.messageAdapter(StoreUpdater.Done.class, Updated::new);
    for (int i = 0; i < dependencies.workers.workers(); i++) {
      ActorRef<StoreUpdater.Command> updater =
          context.spawn(
              StoreUpdater.create(table, dependencies.workers, rules, faults),
              "worker-" + i,
              dependencies.workersDispatcher);
      context.watch(updater);
      updaters.add(updater);
    }
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
      case Fetch fetch -> onFetch(fetch);
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
          onTakeGradient(take);
        }
      }
      case Decide decide -> onDecide(decide);
      case Close close ->
          close.replyTo.tell(new Closed(close.incarnation, close.step, node, table.memoryBytes()));
      case State(StateRequest request) ->
          states.on(request, table.expert(request.owner(), 0).weights());
      case Moved(TensorTransport.Reply reply) -> tensors.moved(reply);
      case Updated(StoreUpdater.Done done) -> onDone(done);
      case DelayOver(int owner) -> onDelayOver(owner);
    }
    return this;
  }

  private static Behavior<Command> onChildFailed(ChildFailed failed) {
    throw new IllegalStateException(failed.getRef().path().name() + " failed", failed.cause());
  }

  private void onConnect(Connect connect) {
    if (incarnation.isForeign(connect)) {
      return;
    }
    if (coordinator != null) {
      incarnation.strays().doubled();
      return;
    }
    coordinator = connect.coordinator;
    schedulers = connect.schedulers;
  }

  private void onFetch(Fetch fetch) {
    if (!transfers.isNew(fetch.weights)) {
      return;
    }
    StoredExpert expert = table.expert(fetch.owner, fetch.asOf);
    if (expert.isAtUpdater()) {
      expert.fetches().add(fetch);
    } else {
      send(expert, fetch);
    }
  }

  private void send(StoredExpert expert, Fetch fetch) {
    expert.sendBegins();
    ParameterSet weights = expert.weights().asOf(fetch.asOf);
    int to = fetch.weights.transfer().node();
    Runnable then =
        () -> {
          expert.sendEnds();
          applyNext(expert);
        };
    if (rules.mostStale() == 0) {
      tensors.send(fetch.weights, to, new LentWeights(weights), then);
    } else {
      tensors.send(fetch.weights, to, weights.flat(), then);
    }
  }

  /**
   * Whether a request is neither foreign, nor doubled, nor about a gradient that is handled; if it
   * is, it is counted.
   */
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

  private void onTakeGradient(TakeGradient take) {
    StoredExpert expert = table.expert(take.owner, take.step);
    PendingGradient pending = expert.pending().get(take.step);
    if (pending != null && pending.hasAnnounced(take.share.device())) {
      incarnation.strays().doubled();
      return;
    }
    faults.inject("store", take.step);
    if (pending == null) {
      pending = new PendingGradient();
      pending.decide(decisions.of(take.step, expert));
      expert.pending().put(take.step, pending);
    }
    boolean isAlone = take.share.isAlone();
    PendingGradient.Share share =
        new PendingGradient.Share(
            take.share,
            isAlone ? table.takeGradient() : null,
            isAlone ? null : table.takeSums(take.gradient.elements()));
    pending.announce(share, take.after);
    PendingGradient announced = pending;
    Runnable then =
        () -> {
          announced.arrive(share);
          if (announced.isToBeJoined()) {
            updater(expert.owner()).tell(new StoreUpdater.Join(expert.owner(), take.step, updated));
          }
          applyNext(expert);
        };
    if (isAlone) {
      tensors.receive(take.gradient, share.alone(), then);
    } else {
      tensors.receive(take.gradient, share.sums(), then);
    }
    take.readyTo.tell(new Ready(take.gradient));
  }

  private void onDecide(Decide decide) {
    StepDecision decision = decide.decision;
    if (incarnation.isForeign(decide)) {
      return;
    }
    boolean isOver = decisions.isOver(decision.step());
    if (isOver || decisions.isKnown(decision.step())) {
      incarnation.countRepetition(!isOver);
      return;
    }
    for (StoredExpert expert : decisions.put(decision)) {
      expert.pending().get(decision.step()).decide(decision);
      applyNext(expert);
    }
  }

  /** Handles the oldest gradient of an expert if that is possible now. */
  private void applyNext(StoredExpert expert) {
    if (!expert.canApply()) {
      return;
    }
    PendingGradient oldest = expert.oldest();
    if (!faults.storeDelay().isZero() && !oldest.isDue()) {
      delay(expert);
      return;
    }
    long step = expert.pending().firstKey();
    expert.setAtUpdater(true);
    if (oldest.decision().isRefused()) {
      onUpdated(expert, step);
    } else {
      updater(expert.owner()).tell(new StoreUpdater.Update(expert.owner(), step, updated));
    }
  }

  private void delay(StoredExpert expert) {
    if (!expert.isDelayed()) {
      expert.setDelayed(true);
      DelayOver over = new DelayOver(expert.owner());
      getContext().scheduleOnce(faults.storeDelay(), getContext().getSelf(), over);
    }
  }

  private void onDelayOver(int owner) {
    StoredExpert expert = table.expert(owner, 0);
    expert.setDelayed(false);
    if (expert.oldest() != null) {
      expert.oldest().becomeDue();
      applyNext(expert);
    }
  }

  private void onDone(StoreUpdater.Done done) {
    StoredExpert expert = table.expert(done.owner(), done.step());
    switch (done) {
      case StoreUpdater.Applied applied -> onUpdated(expert, applied.step());
      case StoreUpdater.Joined joined -> onJoined(expert, joined);
    }
  }

  /** No device has seen the whole gradient, so the store reports its norm. */
  private void onJoined(StoredExpert expert, StoreUpdater.Joined joined) {
    PendingGradient pending = expert.pending().get(joined.step());
    pending.complete();
    long readAsOf = pending.shares().getFirst().of().readAsOf();
    coordinator.tell(
        new StepEvent.Measured(
            incarnation.number(), joined.step(), expert.owner(), joined.squares(), readAsOf));
    applyNext(expert);
  }

  /**
   * Tells the schedulers before the coordinator. The coordinator sends {@code Close} when all
   * owners have reported, so on one node it comes after every {@link Applied}. The scheduler
   * accepts the other order, too: it tracks applied steps and open steps separately.
   */
  private void onUpdated(StoredExpert expert, long step) {
    if (!expert.isAtUpdater() || !expert.pending().containsKey(step)) {
      throw fault(expert, step, "its update is reported twice");
    }
    for (PendingGradient.Share share : expert.handled(step).shares()) {
      if (share.of().isAlone()) {
        table.giveBack(share.alone());
      } else {
        table.giveBack(share.sums());
      }
    }
    expert.weights().forgetBefore(rules.oldestRead(step + 1));
    Applied applied = new Applied(incarnation.number(), expert.owner(), step);
    schedulers.forEach(scheduler -> scheduler.tell(applied));
    coordinator.tell(
        new StepEvent.Updated(
            incarnation.number(), step, expert.owner(), expert.state().updates()));
    while (!expert.fetches().isEmpty()) {
      send(expert, expert.fetches().remove());
    }
    applyNext(expert);
  }

  private ActorRef<StoreUpdater.Command> updater(int owner) {
    return updaters.get(owner % updaters.size());
  }

  private static IllegalStateException fault(StoredExpert expert, long step, String problem) {
    return new IllegalStateException(
        "actor=store owner=%s step=%d: %s".formatted(expert.name(), step, problem));
  }
}
