package jingwei.actors.store;

import jingwei.actors.step.FaultPlan;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.optim.Adam;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The store's arithmetic, on a workspace: the store itself must answer while an update is computed.
 * An expert that a message names is this worker's until it has answered.
 */
final class StoreUpdater extends AbstractBehavior<StoreUpdater.Command> {
  sealed interface Command {}

  /** Asks for an update with a complete gradient. */
  record Update(int owner, long step, ActorRef<Done> replyTo) implements Command {}

  /** The expert holds the version of this step. */
  record Done(int owner, long step) {}

  private final StoreTable table;
  private final WorkerPool workers;
  private final StepRules rules;
  private final Adam adam;
  private final FaultPlan faults;

  private StoreUpdater(
      ActorContext<Command> context,
      StoreTable table,
      WorkerPool workers,
      StepRules rules,
      FaultPlan faults) {
    super(context);
    this.table = table;
    this.workers = workers;
    this.rules = rules;
    this.adam = new Adam(rules.adam());
    this.faults = faults;
  }

  static Behavior<Command> create(
      StoreTable table, WorkerPool workers, StepRules rules, FaultPlan faults) {
    return Behaviors.setup(context -> new StoreUpdater(context, table, workers, rules, faults));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Update(int owner, long step, ActorRef<Done> replyTo) -> onUpdate(owner, step, replyTo);
    }
    return this;
  }

  private void onUpdate(int owner, long step, ActorRef<Done> replyTo) {
    faults.inject("store worker", step);
    StoredExpert expert = table.expert(owner);
    StoredExpert.Pending pending = expert.pending().get(step);
    StepDecision decision = pending.decision;
    workers.run(
        workspace -> {
          if (rules.mostStale() > 0) {
            expert.weights().keep(workspace.kernels());
          }
          adam.update(
              workspace.kernels(),
              expert.state(),
              pending.gradient.gradients().of(0),
              decision.update(
                  adam.clipScale(pending.squares, decision.norm(), decision.previousNorm())));
        });
    replyTo.tell(new Done(owner, step));
  }
}
