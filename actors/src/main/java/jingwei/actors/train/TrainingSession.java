package jingwei.actors.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import jingwei.actors.node.Failure;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.state.StateCourier;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StepEvent;
import jingwei.model.loss.DomainLoss;
import jingwei.model.optim.LearningRate;
import jingwei.model.state.OwnerClock;
import jingwei.model.step.BadStepException;
import jingwei.model.step.StepResult;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * A training session. It has the nodes start their actors, divides each batch among the devices,
 * and opens steps as batches arrive, up to the requested step. It fails as a whole when one actor
 * fails.
 */
public final class TrainingSession extends AbstractBehavior<TrainingSession.Command> {
  public sealed interface Command {}

  /**
   * The batch of the next step is in the table.
   *
   * @param askForMore told when the session wants another batch
   */
  public record Offer(long step, ActorRef<Wanted> askForMore) implements Command {}

  /** A stream of batches begins. */
  public record Connect(ActorRef<Wanted> askForMore) implements Command {}

  /** The data has ended: no batch follows those that were offered. */
  public record NoMoreBatches() implements Command {}

  /** The stream of batches ended, which is always a fault. */
  public record Disconnect(String reason) implements Command {}

  /** Runs up to a step, then rests. */
  public record Run(long untilStep) implements Command {}

  /** Rests as soon as the open steps are committed. */
  public record Pause() implements Command {}

  /**
   * Rests at once: steps that no owner may apply yet are given up. Answered with {@link
   * SessionEvent.GaveUp}; no step can run after that.
   */
  public record GiveUp() implements Command {}

  /** Computes losses of a batch in the table, at rest; ids are below zero and increase. */
  public record Evaluate(long id) implements Command {}

  /** Follows another schedule. */
  public record Follow(LearningRate learningRate) implements Command {}

  /** Asks for the counts of an owner, at rest. */
  public record AskClock(int owner) implements Command {}

  /** Brings the state of an owner into the staging memory, at rest. */
  public record BringState(int owner) implements Command {}

  /** Takes a state from the staging memory to its owner, at rest. */
  public record TakeState(int owner) implements Command {}

  /**
   * All nodes have closed a step whose new version every owner holds.
   *
   * @param reads by owner index, the version that each owner read
   * @param activity counters of all devices since their start
   */
  record Committed(StepResult result, SortedMap<Integer, Long> reads, Activity activity)
      implements Command {}

  /** No owner may apply an open step, now or later. */
  record GaveUp() implements Command {}

  /** Losses of an evaluation, by domain index. */
  record Evaluated(long id, List<DomainLoss> domains, Activity activity) implements Command {
    Evaluated {
      domains = List.copyOf(domains);
    }
  }

  private record FromNode(NodeGuardian.Reply reply) implements Command {}

  private record ReportsTo(ActorRef<StepEvent> coordinator) implements Command {}

  private record Moved(StateCourier.Reply reply) implements Command {}

  /** Another batch is wanted. */
  public enum Wanted {
    ANOTHER
  }

  private final Start start;
  private final SessionSettings settings;
  private final SessionNodes nodes;
  private final int mostOpen;
  private final Consumer<SessionEvent> listener;
  private final ActorRef<StepCoordinator.Command> coordinator;
  private final NodeReports nodeReports;
  private final Deque<Long> ready = new ArrayDeque<>();
  private ActorRef<StateCourier.Command> courier;
  private ActorRef<Wanted> askForMore;
  private long begun;
  private long committed;
  private long until;
  private boolean resting = true;
  private boolean hasAllBatches;

  /**
   * How a session starts.
   *
   * @param nodes addresses of the guardians of the other nodes
   * @param here the node of the session
   * @param message to every node, with the session's address to be filled in
   * @param coordinator dependencies of the coordinator
   * @param staging memory of the coordinator for one state
   */
  public record Start(
      List<String> nodes,
      NodeResources here,
      SessionSettings settings,
      NodeStart message,
      StepCoordinator.Dependencies coordinator,
      StateCourier.Staging staging) {
    public Start {
      nodes = List.copyOf(nodes);
    }
  }

  /** What every node is told at its start, apart from the address of the session. */
  public record NodeStart(long incarnation, RunPlan plan, Placement placement) {}

  private TrainingSession(
      ActorContext<Command> context, Start start, Consumer<SessionEvent> listener) {
    super(context);
    this.start = start;
    this.settings = start.settings;
    Incarnation incarnation = new Incarnation(start.message.incarnation, start.here.strays());
    this.nodes = new SessionNodes(start, incarnation);
    this.nodeReports = new NodeReports(incarnation);
    this.mostOpen = start.coordinator.rules().openSteps();
    this.listener = listener;
    this.begun = settings.before().step();
    this.committed = settings.before().step();
    this.until = settings.before().step();
    this.coordinator =
        spawn(
            "coordinator",
            StepCoordinator.create(
                start.coordinator, settings, incarnation, context.getSelf(), reportsTo(context)));
    nodes.start(
        context.getSystem(),
        spawn("node", NodeGuardian.create(start.here)),
        context.messageAdapter(NodeGuardian.Reply.class, FromNode::new));
  }

  /**
   * @param listener receives events, in the session's thread
   */
  public static Behavior<Command> create(Start start, Consumer<SessionEvent> listener) {
    return Behaviors.setup(context -> new TrainingSession(context, start, listener));
  }

  /** An adapter exists only inside its actor, so that actor tells us its address. */
  @SuppressWarnings("unchecked") // erased, and the adapter gets nothing but such references
  private static ActorRef<ActorRef<StepEvent>> reportsTo(ActorContext<Command> context) {
    Class<ActorRef<StepEvent>> reference = (Class<ActorRef<StepEvent>>) (Class<?>) ActorRef.class;
    return context.messageAdapter(reference, ReportsTo::new);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(ChildFailed.class, this::onChildFailed)
        .build();
  }

  private Behavior<Command> on(Command command) {
    if (command instanceof FromNode(NodeGuardian.Reply reply) && !nodeReports.isNew(reply)) {
      return this;
    }
    if (command instanceof FromNode(NodeGuardian.Failed failed)) {
      return fail(new SessionEvent.SessionFailed(failed.failure()));
    }
    try {
      handle(command);
      return this;
    } catch (RuntimeException e) {
      String actor = command instanceof Disconnect ? "batches" : "session";
      return fail(new SessionEvent.SessionFailed(Failure.of(actor, e).on(start.here.faults())));
    }
  }

  private void handle(Command command) {
    switch (command) {
      case Offer(long step, ActorRef<Wanted> more) -> onOffer(step, more);
      case Connect(ActorRef<Wanted> more) -> more.tell(Wanted.ANOTHER);
      case Disconnect(String reason) -> throw new IllegalStateException(reason);
      case NoMoreBatches() -> onNoMoreBatches();
      case Run(long untilStep) -> onRun(untilStep);
      case Pause() -> onPause();
      case GiveUp() -> coordinator.tell(new StepCoordinator.GiveUp());
      case GaveUp() -> listener.accept(new SessionEvent.GaveUp(committed));
      case Evaluate(long id) -> onEvaluate(id);
      case Follow(LearningRate learningRate) ->
          coordinator.tell(new StepCoordinator.Follow(learningRate));
      case Committed done -> onCommitted(done);
      case Evaluated done ->
          listener.accept(new SessionEvent.EvaluationDone(done.id, done.domains, done.activity));
      case BringState(int owner) -> courier.tell(new StateCourier.Bring(owner));
      case TakeState(int owner) -> courier.tell(new StateCourier.Take(owner));
      case AskClock(int owner) -> courier.tell(new StateCourier.AskClock(owner));
      case Moved(StateCourier.Reply reply) ->
          listener.accept(
              switch (reply) {
                case StateCourier.ClockIs(int owner, OwnerClock clock) ->
                    new SessionEvent.ClockIs(owner, clock);
                case StateCourier.StateMoved(int owner) -> new SessionEvent.StateMoved(owner);
              });
      case ReportsTo(ActorRef<StepEvent> to) -> {
        nodes.reportTo(to);
        connectIfStarted();
      }
      case FromNode(NodeGuardian.Reply reply) -> onReply(reply);
    }
  }

  private void onReply(NodeGuardian.Reply reply) {
    switch (reply) {
      case NodeGuardian.Started node -> {
        start.here.progress().made();
        nodes.started(node);
        listener.accept(new SessionEvent.NodeStarted(node.node()));
        connectIfStarted();
      }
      case NodeGuardian.Connected node -> {
        start.here.progress().made();
        if (nodes.connected(node.node())) {
          listener.accept(new SessionEvent.Connected());
        }
      }
      case NodeGuardian.StrayMessages of -> {
        nodeReports.put(of);
        listener.accept(new SessionEvent.StraysCounted(nodeReports.strays()));
      }
      case NodeGuardian.Progressed progressed -> onProgress(progressed.node());
      case NodeGuardian.Failed failed ->
          throw new IllegalStateException("handled before: " + failed);
    }
  }

  /**
   * The coordinator counts what gets done elsewhere as progress of its own node. So the report of
   * that node stands for all nodes, and the others hear of it.
   */
  private void onProgress(int node) {
    if (node != start.here.number()) {
      coordinator.tell(new StepCoordinator.Progressed(node));
    } else {
      nodes.tellOthersOfProgress();
    }
  }

  private void connectIfStarted() {
    if (!nodes.haveStarted()) {
      return;
    }
    nodes.connect();
    coordinator.tell(new StepCoordinator.Connect(nodes.directory()));
    courier =
        spawn(
            "states",
            nodes.courier(getContext().messageAdapter(StateCourier.Reply.class, Moved::new)));
  }

  private void onOffer(long step, ActorRef<Wanted> more) {
    ready.add(step);
    askForMore = more;
    if (settings.lookahead() > 0) {
      deal(step);
    }
    advance();
    askIfWanted();
  }

  private void deal(long step) {
    nodes.deal(start.coordinator.batches().get(step));
  }

  private void onNoMoreBatches() {
    hasAllBatches = true;
    until = Math.min(until, lastOffered());
    restIfDone();
  }

  private long lastOffered() {
    return ready.isEmpty() ? begun : ready.peekLast();
  }

  private void onRun(long untilStep) {
    until = hasAllBatches ? Math.min(untilStep, lastOffered()) : untilStep;
    resting = false;
    advance();
    restIfDone();
  }

  private void onPause() {
    until = Math.min(until, begun);
    restIfDone();
  }

  private void onEvaluate(long id) {
    deal(id);
    coordinator.tell(new StepCoordinator.Begin(id));
  }

  private void onCommitted(Committed done) {
    committed = done.result.step();
    start.coordinator.faults().inject("session", committed);
    listener.accept(new SessionEvent.StepCommitted(done.result, done.reads, done.activity));
    advance();
    restIfDone();
  }

  /** Opens the next steps, one more than may be computed, so that no worker waits for a message. */
  private void advance() {
    while (!ready.isEmpty() && ready.peek() <= until && begun - committed < mostOpen) {
      begun = ready.remove();
      if (settings.lookahead() == 0) {
        deal(begun);
      }
      coordinator.tell(new StepCoordinator.Begin(begun));
      askIfWanted();
    }
  }

  private void askIfWanted() {
    if (askForMore != null && ready.size() <= settings.lookahead()) {
      askForMore.tell(Wanted.ANOTHER);
      askForMore = null;
    }
  }

  private void restIfDone() {
    if (!resting && committed == begun && committed >= until) {
      resting = true;
      listener.accept(new SessionEvent.Rested(committed));
    }
  }

  private Behavior<Command> onChildFailed(ChildFailed failed) {
    if (failed.cause() instanceof StalledException stalled) {
      listener.accept(
          new SessionEvent.SessionStalled(stalled.getMessage(), stalled.leftWeightsAsCommitted()));
      return this; // the owners' states may still be read
    }
    return fail(
        switch (failed.cause()) {
          case BadStepException bad ->
              new SessionEvent.StepWasBad(bad.step(), bad.loss(), bad.norm(), bad.rollsBack());
          default ->
              new SessionEvent.SessionFailed(
                  Failure.of(failed.getRef().path().name(), failed.cause())
                      .on(start.here.faults()));
        });
  }

  /** Tells the listener, since the session has no parent that could see its failure. */
  private Behavior<Command> fail(SessionEvent event) {
    listener.accept(event);
    return Behaviors.stopped();
  }

  private <T> ActorRef<T> spawn(String name, Behavior<T> behavior) {
    ActorRef<T> child = getContext().spawn(behavior, name, DispatcherSelector.defaultDispatcher());
    getContext().watch(child);
    return child;
  }
}
