package jingwei.actors.device;

import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Computes for the owner of a stage, on a worker. The gradient or the weights that a message is
 * about belong to this actor until it answers.
 */
final class StageUpdater extends AbstractBehavior<StageUpdater.Command> {
  sealed interface Command {}

  /** Adds up the replicas of a step; answered with {@link StageOwner.Joined}. */
  record Join(long step) implements Command {}

  /** Applies a gradient; answered with {@link StageOwner.Applied}. */
  record Apply(StepDecision decision, double squares) implements Command {}

  private final Device device;
  private final StageState state;
  private final ActorRef<StageOwner.Command> owner;

  private StageUpdater(
      ActorContext<Command> context,
      Device device,
      StageState state,
      ActorRef<StageOwner.Command> owner) {
    super(context);
    this.device = device;
    this.state = state;
    this.owner = owner;
  }

  static Behavior<Command> create(
      Device device, StageState state, ActorRef<StageOwner.Command> owner) {
    return Behaviors.setup(context -> new StageUpdater(context, device, state, owner));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Join(long step) -> {
        double squares = device.workers().call(worker -> state.join(worker, step));
        owner.tell(new StageOwner.Joined(step, squares));
      }
      case Apply(StepDecision decision, double squares) -> {
        device.workers().run(worker -> state.apply(worker, decision, squares));
        owner.tell(new StageOwner.Applied(decision.step()));
      }
    }
    return this;
  }
}
