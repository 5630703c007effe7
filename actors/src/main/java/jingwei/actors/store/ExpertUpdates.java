package jingwei.actors.store;

import java.util.List;
import jingwei.actors.buffer.LentWeights;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StepEvent;
import jingwei.actors.transport.TensorExchange;
import jingwei.model.layer.ParameterSet;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Handles the gradients of a store's experts in the order of their steps, and sends weights while
 * no updater changes them. Belongs to the store.
 */
final class ExpertUpdates {
  private final ActorContext<ParameterStore.Command> context;
  private final StoreTable table;
  private final StepRules rules;
  private final FaultPlan faults;
  private final Incarnation incarnation;
  private final StepDecisions decisions;
  private final TensorExchange tensors;
  private final List<ActorRef<StoreUpdater.Command>> updaters;
  private final ActorRef<StoreUpdater.Done> updated;

  /** The actors that are told about updates; null before the first step. */
  private ParameterStore.Connect others;

  ExpertUpdates(
      ActorContext<ParameterStore.Command> context,
      ParameterStore.Dependencies dependencies,
      TensorExchange tensors,
      List<ActorRef<StoreUpdater.Command>> updaters) {
    this.context = context;
    this.table = dependencies.table();
    this.rules = dependencies.rules();
    this.faults = dependencies.faults();
    this.incarnation = dependencies.incarnation();
    this.decisions = new StepDecisions(rules.openSteps());
    this.tensors = tensors;
    this.updaters = List.copyOf(updaters);
    this.updated = context.messageAdapter(StoreUpdater.Done.class, ParameterStore.Updated::new);
  }

  void connect(ParameterStore.Connect connect) {
    others = connect;
  }

  /** A device asks for weights. */
  void on(ParameterStore.Fetch fetch) {
    StoredExpert expert = table.expert(fetch.owner(), fetch.asOf());
    if (expert.isAtUpdater()) {
      expert.fetches().add(fetch);
    } else if (expert.hasState()) {
      send(expert, fetch);
    } else {
      expert.fetches().add(fetch);
      expert.setAtUpdater(true);
      updater(expert.owner()).tell(new StoreUpdater.Draw(expert.owner(), updated));
    }
  }

  private void send(StoredExpert expert, ParameterStore.Fetch fetch) {
    expert.sendBegins();
    ParameterSet weights = expert.weights().asOf(fetch.asOf());
    int to = fetch.weights().transfer().node();
    Runnable then =
        () -> {
          expert.sendEnds();
          applyNext(expert);
        };
    if (rules.mostStale() == 0) {
      tensors.send(fetch.weights(), to, new LentWeights(weights), then);
    } else {
      tensors.send(fetch.weights(), to, weights.flat(), then);
    }
  }

  /** A device announces its share of a gradient, which is not handled yet. */
  void on(ParameterStore.TakeGradient take) {
    StoredExpert expert = table.expert(take.owner(), take.step());
    PendingGradient pending = expert.pending().get(take.step());
    if (pending != null && pending.hasAnnounced(take.share().device())) {
      incarnation.strays().doubled();
      return;
    }
    boolean isAlone = take.share().isAlone();
    int replicas = isAlone ? 1 : Long.bitCount(take.share().replicas());
    table.requireSums(take.gradient(), replicas, replicas);
    faults.inject("store", take.step());
    if (pending == null) {
      pending = new PendingGradient();
      pending.decide(decisions.of(take.step(), expert));
      expert.pending().put(take.step(), pending);
    }
    PendingGradient.Share share =
        new PendingGradient.Share(
            take.share(),
            isAlone ? table.takeGradient() : null,
            isAlone ? null : table.takeSums(take.gradient().elements()));
    pending.announce(share, take.after());
    PendingGradient announced = pending;
    Runnable then =
        () -> {
          announced.arrive(share);
          if (announced.isToBeJoined()) {
            updater(expert.owner())
                .tell(new StoreUpdater.Join(expert.owner(), take.step(), updated));
          }
          applyNext(expert);
        };
    if (isAlone) {
      tensors.receive(take.gradient(), share.alone(), then);
    } else {
      tensors.receive(take.gradient(), share.sums(), then);
    }
    take.readyTo().tell(new ParameterStore.Ready(take.gradient()));
  }

  /** Takes the decision about the gradients of a step. */
  void on(StepDecision decision) {
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
      ParameterStore.DelayOver over = new ParameterStore.DelayOver(expert.owner());
      context.scheduleOnce(faults.storeDelay(), context.getSelf(), over);
    }
  }

  /** An injected delay of an expert is over. */
  void onDelayOver(int owner) {
    StoredExpert expert = table.expert(owner, 0);
    expert.setDelayed(false);
    if (expert.oldest() != null) {
      expert.oldest().becomeDue();
      applyNext(expert);
    }
  }

  /** An updater has added up the shares of a gradient, has applied it, or has drawn weights. */
  void on(StoreUpdater.Done done) {
    StoredExpert expert = table.expert(done.owner(), done.step());
    switch (done) {
      case StoreUpdater.Applied applied -> onUpdated(expert, applied.step());
      case StoreUpdater.Joined joined -> onJoined(expert, joined);
      case StoreUpdater.Drawn drawn -> onDrawn(expert);
    }
  }

  private void onDrawn(StoredExpert expert) {
    expert.setAtUpdater(false);
    sendFetched(expert);
    applyNext(expert);
  }

  private void sendFetched(StoredExpert expert) {
    while (!expert.fetches().isEmpty()) {
      send(expert, expert.fetches().remove());
    }
  }

  /** No device has seen the whole gradient, so the store reports its norm. */
  private void onJoined(StoredExpert expert, StoreUpdater.Joined joined) {
    PendingGradient pending = expert.pending().get(joined.step());
    pending.complete();
    long readAsOf = pending.shares().getFirst().of().readAsOf();
    others
        .coordinator()
        .tell(
            new StepEvent.Measured(
                incarnation.number(), joined.step(), expert.owner(), joined.squares(), readAsOf));
    applyNext(expert);
  }

  /**
   * Tells the schedulers before the coordinator. The coordinator sends {@code Close} when all
   * owners have reported, so on one node it comes after every {@link ParameterStore.Applied}. The
   * scheduler accepts the other order, too: it tracks applied steps and open steps separately.
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
    ParameterStore.Applied applied =
        new ParameterStore.Applied(incarnation.number(), expert.owner(), step);
    others.schedulers().forEach(scheduler -> scheduler.tell(applied));
    others
        .coordinator()
        .tell(
            new StepEvent.Updated(
                incarnation.number(), step, expert.owner(), expert.state().updates()));
    sendFetched(expert);
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
