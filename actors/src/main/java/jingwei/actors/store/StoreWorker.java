package jingwei.actors.store;

import jingwei.actors.lane.LanePool;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Permit;
import jingwei.model.optim.Adam;
import jingwei.model.optim.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The store's arithmetic, on a lane: the store itself must answer while an update is computed. An
 * expert that a message names is this worker's until it has answered.
 */
final class StoreWorker extends AbstractBehavior<StoreWorker.Command> {
  sealed interface Command {}

  /** Asks for an update with a complete gradient. */
  record Update(int owner, long step, ActorRef<Done> replyTo) implements Command {}

  /** The expert holds the version of this step. */
  record Done(int owner, long step) {}

  private final StoreTable table;
  private final LanePool lanes;
  private final StepRules rules;
  private final Adam adam;
  private final FaultPlan faults;

  private StoreWorker(
      ActorContext<Command> context,
      StoreTable table,
      LanePool lanes,
      StepRules rules,
      FaultPlan faults) {
    super(context);
    this.table = table;
    this.lanes = lanes;
    this.rules = rules;
    this.adam = new Adam(rules.adam());
    this.faults = faults;
  }

  static Behavior<Command> create(
      StoreTable table, LanePool lanes, StepRules rules, FaultPlan faults) {
    return Behaviors.setup(context -> new StoreWorker(context, table, lanes, rules, faults));
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
    faults.strike("store worker", step);
    StoredExpert expert = table.expert(owner);
    StoredExpert.Pending pending = expert.pending().get(step);
    Permit permit = pending.permit;
    lanes.run(
        lane -> {
          if (rules.mostStale() > 0) {
            expert.weights().keep(lane.kernels());
          }
          adam.update(
              lane.kernels(),
              expert.state(),
              pending.gradient.gradients().of(0),
              permit.update(adam.clipScale(pending.squares, permit.norm(), permit.previousNorm())));
        });
    replyTo.tell(new Done(owner, step));
  }
}
