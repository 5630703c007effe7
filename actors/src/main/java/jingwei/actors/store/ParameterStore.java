package jingwei.actors.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import jingwei.actors.buffer.LentWeights;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.StoredExpert.PartialGradient;
import jingwei.actors.transport.AwaitedReplies;
import jingwei.actors.transport.BufferLoans;
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
 * The experts in host memory: sends their weights in the requested version, takes their gradients,
 * and updates them (sparse Adam) when the step decision is known.
 */
public final class ParameterStore extends AbstractBehavior<ParameterStore.Command> {
  public sealed interface Command {}

  /** Asks for the weights as they were after a step; the store sends them as this tensor. */
  public record Fetch(int owner, long asOf, TensorRef weights) implements Command {}

  /** Asks for the partial gradient that the store keeps; the store sends it as this tensor. */
  public record FetchPartial(int owner, long step, TensorRef sums) implements Command {}

  /**
   * Announces a partial gradient, which the store keeps until it is fetched.
   *
   * @param readyTo receives {@link Ready} when the tensor may be sent
   */
  public record KeepPartial(int owner, long step, TensorRef sums, ActorRef<Ready> readyTo)
      implements Command {}

  /**
   * Announces the complete gradient of a step.
   *
   * @param after the step whose gradient of the expert is handled first, however late it comes; 0
   *     for none. An expert that was evicted in one step may finish the next one before it
   * @param readyTo receives {@link Ready} when the tensor may be sent
   * @param replyTo receives {@link Applied} when the gradient is applied or dropped
   */
  public record TakeGradient(
      int owner,
      long step,
      long after,
      TensorRef gradient,
      ActorRef<Ready> readyTo,
      ActorRef<Applied> replyTo)
      implements Command {}

  /** The decision to apply or drop the gradients of a step. */
  public record Decide(StepDecision decision) implements Command {}

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /** An updater has handled the oldest gradient of an expert. */
  record Updated(StoreUpdater.Done done) implements Command {}

  /** An injected delay is over. */
  record DelayOver(int owner) implements Command {}

  /** The transport of the store expects an announced tensor, so it may be sent. */
  public record Ready(TensorRef tensor) {}

  /** The gradient of a step is applied or dropped, so newer weights may be fetched. */
  public record Applied(int owner, long step) {}

  private final StoreTable table;
  private final StepRules rules;
  private final FaultPlan faults;
  private final BufferLoans loans;
  private final ActorRef<TensorTransport.Command> transport;
  private final Supplier<ActorRef<StepEvent>> coordinator;
  private final ActorRef<TensorTransport.Reply> moved;
  private final ActorRef<StoreUpdater.Done> updated;
  private final List<ActorRef<StoreUpdater.Command>> updaters = new ArrayList<>();
  private final AwaitedReplies<Runnable> whenMoved = new AwaitedReplies<>("store");
  private final StepDecisions decisions;

  /**
   * The dependencies of a store.
   *
   * @param workers that its updaters compute on
   * @param workersDispatcher of the updaters
   */
  public record Dependencies(
      StoreTable table,
      StepRules rules,
      FaultPlan faults,
      WorkerPool workers,
      DispatcherSelector workersDispatcher,
      BufferLoans loans) {}

  private ParameterStore(
      ActorContext<Command> context,
      Dependencies dependencies,
      ActorRef<TensorTransport.Command> transport,
      Supplier<ActorRef<StepEvent>> coordinator) {
    super(context);
    this.table = dependencies.table;
    this.rules = dependencies.rules;
    this.faults = dependencies.faults;
    this.loans = dependencies.loans;
    this.decisions = new StepDecisions(rules.mostStale());
    this.transport = transport;
    this.coordinator = coordinator;
    this.moved = context.messageAdapter(TensorTransport.Reply.class, Moved::new);
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

  /**
   * @param coordinator gives the recipient of reports; called for each report
   */
  public static Behavior<Command> create(
      Dependencies dependencies,
      ActorRef<TensorTransport.Command> transport,
      Supplier<ActorRef<StepEvent>> coordinator) {
    return Behaviors.setup(
        context -> new ParameterStore(context, dependencies, transport, coordinator));
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
      case Fetch fetch -> onFetch(fetch);
      case FetchPartial fetch -> onFetchPartial(fetch);
      case KeepPartial keep -> onKeepPartial(keep);
      case TakeGradient take -> onTakeGradient(take);
      case Decide(StepDecision decision) -> onDecide(decision);
      case Moved(TensorTransport.Reply reply) -> whenMoved.take(reply).run();
      case Updated(StoreUpdater.Done done) ->
          onUpdated(table.expert(done.owner(), done.step()), done.step());
      case DelayOver(int owner) -> onDelayOver(owner);
    }
    return this;
  }

  private static Behavior<Command> onChildFailed(ChildFailed failed) {
    throw new IllegalStateException(failed.getRef().path().name() + " failed", failed.cause());
  }

  private void onFetch(Fetch fetch) {
    StoredExpert expert = table.expert(fetch.owner, fetch.asOf);
    if (expert.isAtUpdater()) {
      expert.fetches().add(fetch);
      return;
    }
    expert.sendBegins();
    ParameterSet weights = expert.weights().asOf(fetch.asOf);
    if (rules.mostStale() == 0) {
      loans.lendSource(fetch.weights, new LentWeights(weights));
    } else {
      loans.lendSource(fetch.weights, weights.flat().segment());
    }
    send(
        fetch.weights,
        () -> {
          expert.sendEnds();
          applyNext(expert);
        });
  }

  private void onFetchPartial(FetchPartial fetch) {
    StoredExpert expert = table.expert(fetch.owner, fetch.step);
    PartialGradient partial = partial(expert, fetch.step);
    if (partial.fetch != null) {
      throw fault(expert, fetch.step, "its partial gradient is fetched twice");
    }
    partial.fetch = fetch;
    sendIfComplete(expert, partial);
  }

  private void onKeepPartial(KeepPartial keep) {
    StoredExpert expert = table.expert(keep.owner, keep.step);
    PartialGradient partial = partial(expert, keep.step);
    if (partial.sums != null) {
      throw fault(expert, keep.step, "its partial gradient comes twice");
    }
    partial.sums = table.takeSums();
    loans.lendDestination(keep.sums, partial.sums.segment());
    receive(
        keep.sums,
        keep.readyTo,
        () -> {
          partial.hasArrived = true;
          sendIfComplete(expert, partial);
        });
  }

  private static PartialGradient partial(StoredExpert expert, long step) {
    return expert.partials().computeIfAbsent(step, s -> new PartialGradient());
  }

  /** Sends a partial gradient back if it has arrived and was requested. */
  private void sendIfComplete(StoredExpert expert, PartialGradient partial) {
    if (partial.hasArrived && partial.fetch != null) {
      expert.partials().remove(partial.fetch.step);
      loans.lendSource(partial.fetch.sums, partial.sums.segment());
      send(partial.fetch.sums, () -> table.giveBack(partial.sums));
    }
  }

  private void onTakeGradient(TakeGradient take) {
    faults.inject("store", take.step);
    StoredExpert expert = table.expert(take.owner, take.step);
    if (expert.hasSeen(take.step)) {
      throw fault(expert, take.step, "its gradient comes twice");
    }
    var pending = new StoredExpert.Pending(table.takeGradient(), take.after, take.replyTo);
    pending.decision = decisions.of(take.step, expert);
    expert.pending().put(take.step, pending);
    loans.lendDestination(take.gradient, pending.gradient);
    receive(
        take.gradient,
        take.readyTo,
        () -> {
          pending.hasArrived = true;
          applyNext(expert);
        });
  }

  private void onDecide(StepDecision decision) {
    for (StoredExpert expert : decisions.put(decision)) {
      expert.pending().get(decision.step()).decision = decision;
      applyNext(expert);
    }
  }

  /** Handles the oldest gradient of an expert if that is possible now. */
  private void applyNext(StoredExpert expert) {
    if (!expert.canApply()) {
      return;
    }
    StoredExpert.Pending oldest = expert.pending().firstEntry().getValue();
    if (!faults.storeDelay().isZero() && !oldest.isDue) {
      delay(expert);
      return;
    }
    long step = expert.pending().firstKey();
    expert.setAtUpdater(true);
    if (oldest.decision.isRefused()) {
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
    if (!expert.pending().isEmpty()) {
      expert.pending().firstEntry().getValue().isDue = true;
      applyNext(expert);
    }
  }

  /**
   * Tells the scheduler before the coordinator. The coordinator sends {@code Close} when all owners
   * have reported, so on one node it comes after every {@link Applied}. The scheduler accepts the
   * other order, too: it tracks applied steps and open steps separately.
   */
  private void onUpdated(StoredExpert expert, long step) {
    if (!expert.isAtUpdater() || !expert.pending().containsKey(step)) {
      throw fault(expert, step, "its update is reported twice");
    }
    StoredExpert.Pending handled = expert.handled(step);
    table.giveBack(handled.gradient);
    expert.weights().forgetBefore(rules.oldestRead(step + 1));
    handled.replyTo.tell(new Applied(expert.owner(), step));
    coordinator.get().tell(new StepEvent.Updated(step, expert.owner(), expert.state().updates()));
    while (!expert.fetches().isEmpty()) {
      onFetch(expert.fetches().remove());
    }
    applyNext(expert);
  }

  /** Sends a tensor whose source is lent to the node that asked for it and numbered it. */
  private void send(TensorRef tensor, Runnable then) {
    whenMoved.put(tensor, then);
    transport.tell(new TensorTransport.Send(tensor, tensor.transfer().node(), moved));
  }

  /** Asks for an announced tensor whose destination is lent, and only then lets it be sent. */
  private void receive(TensorRef tensor, ActorRef<Ready> readyTo, Runnable then) {
    whenMoved.put(tensor, then);
    transport.tell(new TensorTransport.Receive(tensor, moved));
    readyTo.tell(new Ready(tensor));
  }

  private ActorRef<StoreUpdater.Command> updater(int owner) {
    return updaters.get(owner % updaters.size());
  }

  private static IllegalStateException fault(StoredExpert expert, long step, String problem) {
    return new IllegalStateException(
        "actor=store owner=%s step=%d: %s".formatted(expert.name(), step, problem));
  }
}
