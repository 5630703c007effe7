package jingwei.actors.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Consumer;
import jingwei.actors.device.Admission;
import jingwei.actors.device.Directory;
import jingwei.actors.device.StageOwner;
import jingwei.actors.node.Endpoints;
import jingwei.actors.node.Failure;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.state.StateCourier;
import jingwei.actors.state.StateRequest;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchPart;
import jingwei.model.data.BatchParts;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.loss.DomainLoss;
import jingwei.model.optim.LearningRate;
import jingwei.model.state.OwnerClock;
import jingwei.model.step.BadStepException;
import jingwei.model.step.StepResult;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
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
  private final Decoder decoder;
  private final Placement placement;
  private final int mostOpen;
  private final Consumer<SessionEvent> listener;
  private final ActorRef<StepCoordinator.Command> coordinator;
  private final List<NodeGuardian.Started> started = new ArrayList<>();
  private final Set<Integer> connected = new HashSet<>();
  private final Incarnation incarnation;
  private final NodeReports nodeReports;
  private long toldOfProgress;
  private final Deque<Long> ready = new ArrayDeque<>();
  private final List<ActorRef<NodeGuardian.Command>> nodes = new ArrayList<>();
  private ActorRef<StepEvent> reports;
  private Directory directory;
  private ActorRef<StateCourier.Command> courier;
  private ActorRef<Wanted> askForMore;
  private long begun;
  private long committed;
  private long until;
  private boolean resting = true;

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
    this.decoder = start.coordinator.decoder();
    this.placement = start.message.placement;
    this.incarnation = new Incarnation(start.message.incarnation, start.here.strays());
    this.nodeReports = new NodeReports(incarnation);
    this.mostOpen = start.coordinator.rules().mostStale() + 2;
    this.listener = listener;
    this.begun = settings.before().step();
    this.committed = settings.before().step();
    this.until = settings.before().step();
    this.coordinator =
        spawn(
            "coordinator",
            StepCoordinator.create(
                start.coordinator, settings, incarnation, context.getSelf(), reportsTo(context)));
    startNodes();
  }

  /**
   * @param listener receives events, in the session's thread
   */
  public static Behavior<Command> create(Start start, Consumer<SessionEvent> listener) {
    return Behaviors.setup(context -> new TrainingSession(context, start, listener));
  }

  @SuppressWarnings("unchecked") // erased: the adapter gets nothing but such references
  private static ActorRef<ActorRef<StepEvent>> reportsTo(ActorContext<Command> context) {
    Class<ActorRef<StepEvent>> reference = (Class<ActorRef<StepEvent>>) (Class<?>) ActorRef.class;
    return context.messageAdapter(reference, ReportsTo::new);
  }

  private void startNodes() {
    NodeStart to = start.message;
    NodeGuardian.Start message =
        new NodeGuardian.Start(
            to.incarnation,
            to.plan,
            placement,
            settings.before().step(),
            getContext().messageAdapter(NodeGuardian.Reply.class, FromNode::new));
    nodes.add(spawn("node", NodeGuardian.create(start.here)));
    ActorRefResolver resolver = ActorRefResolver.get(getContext().getSystem());
    start.nodes.forEach(address -> nodes.add(resolver.resolveActorRef(address)));
    nodes.forEach(node -> node.tell(message));
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
        reports = to;
        connectIfStarted();
      }
      case FromNode(NodeGuardian.Reply reply) -> onReply(reply);
    }
  }

  private void onReply(NodeGuardian.Reply reply) {
    switch (reply) {
      case NodeGuardian.Started node -> {
        started.add(node);
        connectIfStarted();
      }
      case NodeGuardian.Connected node -> {
        connected.add(node.node());
        if (connected.size() == started.size()) {
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
      NodeGuardian.OthersProgress message =
          new NodeGuardian.OthersProgress(incarnation.number(), ++toldOfProgress);
      nodes.stream()
          .skip(1) // the first one is here
          .forEach(other -> other.tell(message));
    }
  }

  private void connectIfStarted() {
    if (reports == null || started.size() < placement.members().nodes().size()) {
      return;
    }
    started.sort(Comparator.comparingInt(NodeGuardian.Started::node));
    directory =
        new Directory(
            placement,
            reports,
            started.stream().flatMap(node -> node.devices().stream()).toList(),
            started.stream().flatMap(node -> node.hosts().stream()).toList());
    coordinator.tell(new StepCoordinator.Connect(directory));
    courier = spawn("states", courier());
    NodeGuardian.Connect connect = new NodeGuardian.Connect(incarnation.number(), directory);
    nodes.forEach(node -> node.tell(connect));
  }

  private Behavior<StateCourier.Command> courier() {
    int here = start.here.number();
    NodeGuardian.Started own =
        started.stream().filter(node -> node.node() == here).findFirst().orElseThrow();
    Endpoints endpoints =
        new Endpoints(here, start.message.incarnation, start.here.loans(), own.transport());
    return StateCourier.create(
        decoder,
        start.staging,
        new StateCourier.Owners(this::send, this::nodeOf),
        endpoints.of(Endpoints.STATES),
        incarnation,
        getContext().messageAdapter(StateCourier.Reply.class, Moved::new));
  }

  private void send(StateRequest request) {
    if (isExpert(request.owner())) {
      directory.storeOf(request.owner()).tell(new ParameterStore.State(request));
    } else {
      directory.owner(decoder.stageOf(request.owner())).tell(new StageOwner.State(request));
    }
  }

  private int nodeOf(int owner) {
    return isExpert(owner)
        ? placement.hostOfExpert(owner)
        : placement.deviceOfStage(decoder.stageOf(owner));
  }

  private boolean isExpert(int owner) {
    Owner named = decoder.owners().get(owner);
    return named.isExpert();
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

  /** Sends each device its part of a batch. */
  private void deal(long step) {
    Batch batch = start.coordinator.batches().get(step);
    SortedMap<Integer, BatchPart> parts =
        BatchParts.of(batch, placement::positionOfReplica, directory.devices().size());
    parts.forEach(
        (device, part) ->
            directory
                .devices()
                .get(device)
                .admission()
                .tell(new Admission.Take(incarnation.number(), part)));
  }

  private void onRun(long untilStep) {
    until = untilStep;
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
