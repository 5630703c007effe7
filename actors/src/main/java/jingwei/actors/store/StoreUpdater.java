package jingwei.actors.store;

import jingwei.actors.step.FaultPlan;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.optim.Adam;
import jingwei.model.optim.AdamSettings;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Computes the store's updates on a workspace, so that the store can answer meanwhile. An expert
 * named in a message belongs to this actor until it replies.
 */
final class StoreUpdater extends AbstractBehavior<StoreUpdater.Command> {
  sealed interface Command {}

  /** Asks for an update with a complete gradient. */
  record Update(int owner, long step, ActorRef<Done> replyTo) implements Command {}

  /** Asks for the sum of the shares of several devices. */
  record Join(int owner, long step, ActorRef<Done> replyTo) implements Command {}

  /** Asks for the initial weights of an expert, which has no memory yet. */
  record Draw(int owner, ActorRef<Done> replyTo) implements Command {}

  /** An answer about an expert and a step. */
  sealed interface Done {
    int owner();

    long step();
  }

  /** The expert holds the version of this step. */
  record Applied(int owner, long step) implements Done {}

  /** The gradient of the step is the sum over all replicas, with this sum of squares. */
  record Joined(int owner, long step, double squares) implements Done {}

  /** The expert has its initial weights. */
  record Drawn(int owner) implements Done {
    /** Before the first one. */
    @Override
    public long step() {
      return 0;
    }
  }

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
      case Join(int owner, long step, ActorRef<Done> replyTo) -> onJoin(owner, step, replyTo);
      case Draw(int owner, ActorRef<Done> replyTo) -> onDraw(owner, replyTo);
    }
    return this;
  }

  private void onDraw(int owner, ActorRef<Done> replyTo) {
    workers.run(workspace -> table.state(table.expert(owner, 0)));
    replyTo.tell(new Drawn(owner));
  }

  private void onJoin(int owner, long step, ActorRef<Done> replyTo) {
    PendingGradient pending = table.expert(owner, step).pending().get(step);
    double squares =
        workers.call(
            workspace -> {
              Gradients total = table.join(pending.shares(), workspace.kernels());
              pending.join(total);
              return Adam.sumOfSquares(workspace.kernels(), total);
            });
    replyTo.tell(new Joined(owner, step, squares));
  }

  private void onUpdate(int owner, long step, ActorRef<Done> replyTo) {
    faults.inject("store worker", step);
    StoredExpert expert = table.expert(owner, step);
    PendingGradient pending = expert.pending().get(step);
    workers.run(
        workspace -> {
          long start = System.nanoTime();
          update(workspace, expert, pending);
          table.updated(System.nanoTime() - start);
        });
    replyTo.tell(new Applied(owner, step));
  }

  private void update(Workspace workspace, StoredExpert expert, PendingGradient pending) {
    Kernels kernels = workspace.kernels();
    Gradients gradient = pending.total();
    StepDecision decision = pending.decision();
    if (rules.mostStale() > 0) {
      expert.weights().keep(kernels);
    }
    // The device has measured the gradient for the global norm; only PER_OWNER needs it again here.
    boolean isClippedAlone = rules.adam().clip() == AdamSettings.Clip.PER_OWNER;
    double squares = isClippedAlone ? Adam.sumOfSquares(kernels, gradient) : Double.NaN;
    double scale = adam.clipScale(squares, decision.norm(), decision.previousNorm());
    adam.update(kernels, expert.state(), gradient, decision.update(scale));
  }
}
