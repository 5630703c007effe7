package jingwei.actors.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import jingwei.actors.buffer.LentWeights;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.StepEvent;
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
 * The experts in host memory: serves their weights in the version that is asked for, takes their
 * gradients, and updates them (sparse Adam) when the step's decision is there.
 */
public final class ParameterStore extends AbstractBehavior<ParameterStore.Command> {
  public sealed interface Command {}

  /** Asks for the weights as they were after a step; they come as this tensor. */
  public record Fetch(int owner, long asOf, TensorRef weights) implements Command {}

  /** Asks for the running gradient that was kept; it comes as this tensor. */
  public record FetchPartial(int owner, long step, TensorRef sums) implements Command {}

  /** A running gradient comes, to be kept until it is fetched. */
  public record KeepPartial(int owner, long step, TensorRef sums) implements Command {}

  /**
   * The complete gradient of a step comes.
   *
   * @param squares sum of its squares
   */
  public record TakeGradient(int owner, long step, double squares, TensorRef gradient)
      implements Command {}

  /** What is to become of the gradients of a step. */
  public record Decide(StepDecision decision) implements Command {}

  private record Moved(TensorTransport.Reply reply) implements Command {}

  private record Updated(StoreUpdater.Done done) implements Command {}

  private record DelayOver(int owner) implements Command {}

  private final StoreTable table;
  private final StepRules rules;
  private final FaultPlan faults;
  private final BufferLoans loans;
  private final ActorRef<TensorTransport.Command> transport;
  private final Supplier<ActorRef<StepEvent>> coordinator;
  private final ActorRef<TensorTransport.Reply> moved;
  private final ActorRef<StoreUpdater.Done> updated;
  private final List<ActorRef<StoreUpdater.Command>> workers = new ArrayList<>();
  private final Map<Long, Runnable> whenMoved = new HashMap<>();
  private final TreeMap<Long, StepDecision> decisions = new TreeMap<>();

  /**
   * What a store is made of.
   *
   * @param workers that its workers compute on
   * @param lanesDispatcher of the workers
   */
  public record Parts(
      StoreTable table,
      StepRules rules,
      FaultPlan faults,
      WorkerPool workers,
      DispatcherSelector lanesDispatcher,
      BufferLoans loans) {}

  private ParameterStore(
      ActorContext<Command> context,
      Parts parts,
      ActorRef<TensorTransport.Command> transport,
      Supplier<ActorRef<StepEvent>> coordinator) {
    super(context);
    this.table = parts.table;
    this.rules = parts.rules;
    this.faults = parts.faults;
    this.loans = parts.loans;
    this.transport = transport;
    this.coordinator = coordinator;
    this.moved = context.messageAdapter(TensorTransport.Reply.class, Moved::new);
    this.updated = context.messageAdapter(StoreUpdater.Done.class, Updated::new);
    for (int i = 0; i < parts.workers.workers(); i++) {
      ActorRef<StoreUpdater.Command> worker =
          context.spawn(
              StoreUpdater.create(table, parts.workers, rules, faults),
              "worker-" + i,
              parts.lanesDispatcher);
      context.watch(worker);
      workers.add(worker);
    }
  }

  /**
   * @param coordinator where it reports to; asked when there is something to report
   */
  public static Behavior<Command> create(
      Parts parts,
      ActorRef<TensorTransport.Command> transport,
      Supplier<ActorRef<StepEvent>> coordinator) {
    return Behaviors.setup(context -> new ParameterStore(context, parts, transport, coordinator));
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
      case FetchPartial(int owner, long step, TensorRef sums) -> onFetchPartial(owner, step, sums);
      case KeepPartial(int owner, long step, TensorRef sums) -> onKeepPartial(owner, step, sums);
      case TakeGradient take -> onTakeGradient(take);
      case Decide(StepDecision decision) -> onDecide(decision);
      case Moved(TensorTransport.Reply reply) -> onMoved(reply);
      case Updated(StoreUpdater.Done done) -> onUpdated(done.owner(), done.step());
      case DelayOver(int owner) -> onDelayOver(table.expert(owner));
    }
    return this;
  }

  private static Behavior<Command> onChildFailed(ChildFailed failed) {
    throw new IllegalStateException(failed.getRef().path().name() + " failed", failed.cause());
  }

  private void onFetch(Fetch fetch) {
    StoredExpert expert = table.expert(fetch.owner);
    if (expert.isAtWorker()) {
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

  private void onFetchPartial(int owner, long step, TensorRef sums) {
    StoredExpert expert = table.expert(owner);
    StoredExpert.PartialGradient running = expert.running().remove(step);
    Runnable send =
        () -> {
          loans.lendSource(sums, running.sums.segment());
          send(sums, () -> table.giveBack(running.sums));
        };
    if (running.hasArrived) {
      send.run();
    } else {
      running.whenArrived = send;
    }
  }

  private void onKeepPartial(int owner, long step, TensorRef sums) {
    StoredExpert.PartialGradient running = new StoredExpert.PartialGradient(table.takeSums());
    table.expert(owner).running().put(step, running);
    loans.lendDestination(sums, running.sums.segment());
    receive(
        sums,
        () -> {
          running.hasArrived = true;
          running.whenArrived.run();
        });
  }

  private void onTakeGradient(TakeGradient take) {
    faults.inject("store", take.step);
    StoredExpert expert = table.expert(take.owner);
    var pending = new StoredExpert.Pending(table.takeGradient(), take.squares);
    pending.decision = decisions.get(take.step);
    expert.pending().put(take.step, pending);
    loans.lendDestination(take.gradient, pending.gradient);
    receive(
        take.gradient,
        () -> {
          pending.hasArrived = true;
          applyNext(expert);
        });
  }

  private void onDecide(StepDecision decision) {
    decisions.put(decision.step(), decision);
    decisions.headMap(decision.step() - rules.mostStale() - 2).clear();
    for (StoredExpert expert : table.experts()) {
      StoredExpert.Pending pending = expert.pending().get(decision.step());
      if (pending != null) {
        pending.decision = decision;
        applyNext(expert);
      }
    }
  }

  /** Handles the oldest gradient of an expert, if it may be. */
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
    expert.setAtWorker(true);
    if (oldest.decision.isRefused()) {
      onUpdated(expert.owner(), step);
    } else {
      worker(expert.owner()).tell(new StoreUpdater.Update(expert.owner(), step, updated));
    }
  }

  private void delay(StoredExpert expert) {
    if (!expert.isDelayed()) {
      expert.setDelayed(true);
      DelayOver over = new DelayOver(expert.owner());
      getContext().scheduleOnce(faults.storeDelay(), getContext().getSelf(), over);
    }
  }

  private void onDelayOver(StoredExpert expert) {
    expert.setDelayed(false);
    expert.pending().firstEntry().getValue().isDue = true;
    applyNext(expert);
  }

  private void onUpdated(int owner, long step) {
    StoredExpert expert = table.expert(owner);
    expert.setAtWorker(false);
    table.giveBack(expert.pending().remove(step).gradient);
    expert.weights().forgetBefore(rules.oldestRead(step + 1));
    coordinator.get().tell(new StepEvent.Updated(step, owner, expert.state().updates()));
    while (!expert.fetches().isEmpty()) {
      onFetch(expert.fetches().remove());
    }
    applyNext(expert);
  }

  /** Sends a tensor whose source is lent. */
  private void send(TensorRef tensor, Runnable then) {
    whenMoved.put(tensor.transfer(), then);
    transport.tell(new TensorTransport.Send(tensor, moved));
  }

  /** Waits for a tensor whose destination is lent. */
  private void receive(TensorRef tensor, Runnable then) {
    whenMoved.put(tensor.transfer(), then);
    transport.tell(new TensorTransport.Receive(tensor, moved));
  }

  private void onMoved(TensorTransport.Reply reply) {
    if (reply instanceof TensorTransport.Failed(TensorRef tensor, String reason)) {
      throw new IllegalStateException("tensor=%s: %s".formatted(tensor.name(), reason));
    }
    whenMoved.remove(reply.tensor().transfer()).run();
  }

  private ActorRef<StoreUpdater.Command> worker(int owner) {
    return workers.get(owner % workers.size());
  }
}
