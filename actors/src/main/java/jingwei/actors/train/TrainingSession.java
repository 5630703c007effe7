package jingwei.actors.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import jingwei.actors.device.DenseStage;
import jingwei.actors.device.Device;
import jingwei.actors.device.DeviceScheduler;
import jingwei.actors.device.Expert;
import jingwei.actors.device.Peers;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransportNode;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RoutePlan;
import jingwei.model.state.ModelState;
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
 * A training run on one machine. It starts all actors, and opens steps as batches arrive, up to the
 * requested step. It fails as a whole when one actor fails.
 */
public final class TrainingSession extends AbstractBehavior<TrainingSession.Command> {
  /** Dispatcher of the actors that compute: one thread for each workspace. */
  public static final String WORKERS = "jingwei.workers";

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

  record Committed(StepResult result, SortedMap<Integer, Long> reads) implements Command {}

  /** No owner may apply an open step, now or later. */
  record GaveUp() implements Command {}

  record Evaluated(long id, List<DomainLoss> domains) implements Command {}

  /** Another batch is wanted. */
  public enum Wanted {
    ANOTHER
  }

  private final SessionSettings settings;
  private final int mostOpen;
  private final Consumer<SessionEvent> listener;
  private final Device device;
  private final Peers peers;
  private final ActorRef<StepCoordinator.Command> coordinator;
  private final Deque<Long> ready = new ArrayDeque<>();
  private ActorRef<Wanted> askForMore;
  private long begun;
  private long committed;
  private long until;
  private boolean resting = true;

  private StepCoordinator.Dependencies ofCoordinator() {
    return new StepCoordinator.Dependencies(
        device.decoder(),
        device.rules(),
        device.batches(),
        device.faults(),
        device.workers().progress(),
        new StepCoordinator.Admission() {
          @Override
          public int places() {
            return device.mostInFlight();
          }

          @Override
          public void admit(MicroBatchRef reference, MicroBatch microBatch, List<RoutePlan> plans) {
            device.activations(reference).begin(microBatch, plans);
            peers.admit(reference);
          }
        },
        System::nanoTime);
  }

  /**
   * The dependencies of a session.
   *
   * @param model weights, moments and routes, which the actors take over
   * @param meter adds up losses
   * @param store of the experts
   */
  public record Dependencies(
      ModelState model, LossMeter meter, ParameterStore.Dependencies store) {}

  private TrainingSession(
      ActorContext<Command> context,
      SessionSettings settings,
      Device device,
      Dependencies dependencies,
      Consumer<SessionEvent> listener) {
    super(context);
    this.settings = settings;
    this.mostOpen = device.rules().mostStale() + 2;
    this.device = device;
    this.peers = new Peers(device.workers());
    this.listener = listener;
    this.begun = settings.before().step();
    this.committed = settings.before().step();
    this.until = settings.before().step();
    this.coordinator =
        start(
            "coordinator",
            StepCoordinator.create(ofCoordinator(), peers, settings, context.getSelf()));
    startOthers(dependencies);
  }

  /**
   * @param listener receives events, in the session's thread
   */
  public static Behavior<Command> create(
      SessionSettings settings,
      Device device,
      Dependencies dependencies,
      Consumer<SessionEvent> listener) {
    return Behaviors.setup(
        context -> new TrainingSession(context, settings, device, dependencies, listener));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(ChildFailed.class, this::onChildFailed)
        .build();
  }

  private Behavior<Command> on(Command command) {
    try {
      handle(command);
      return this;
    } catch (RuntimeException e) {
      return fail(command instanceof Disconnect ? "batches" : "session", e);
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
      case Committed(StepResult result, SortedMap<Integer, Long> reads) ->
          onCommitted(result, reads);
      case Evaluated(long id, List<DomainLoss> domains) ->
          listener.accept(new SessionEvent.EvaluationDone(id, domains));
    }
  }

  private void onOffer(long step, ActorRef<Wanted> more) {
    ready.add(step);
    askForMore = more;
    if (settings.lookahead() > 0) {
      peers.scheduler().tell(new DeviceScheduler.Lookahead(step));
    }
    advance();
    askIfWanted();
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
    peers.scheduler().tell(new DeviceScheduler.Lookahead(id));
    coordinator.tell(new StepCoordinator.Begin(id));
  }

  private void onCommitted(StepResult result, SortedMap<Integer, Long> reads) {
    committed = result.step();
    device.faults().inject("session", committed);
    listener.accept(new SessionEvent.StepCommitted(result, reads));
    advance();
    restIfDone();
  }

  /** Opens the next steps, one more than may be computed, so that no worker waits for a message. */
  private void advance() {
    while (!ready.isEmpty() && ready.peek() <= until && begun - committed < mostOpen) {
      begun = ready.remove();
      if (settings.lookahead() == 0) {
        peers.scheduler().tell(new DeviceScheduler.Lookahead(begun));
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
    return fail(failed.getRef().path().name(), failed.cause());
  }

  /** Tells the listener, since the session has no parent that could see its failure. */
  private Behavior<Command> fail(String actor, Throwable cause) {
    listener.accept(new SessionEvent.SessionFailed(actor, cause));
    return Behaviors.stopped();
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of references, read only by index
  private void startOthers(Dependencies dependencies) {
    DispatcherSelector workers = DispatcherSelector.fromConfig(WORKERS);
    BufferLoans loans = dependencies.store.loans();
    Decoder decoder = device.decoder();
    ActorRef<TensorTransport.Command> transport =
        start(
            "transport",
            TensorTransport.create(
                settings.transport(),
                TransportNode.alone(),
                loans,
                device.faults(),
                device.workers().progress()));
    ActorRef<ParameterStore.Command> store =
        start("store", ParameterStore.create(dependencies.store, transport, peers::coordinator));
    ActorRef<DenseStage.Command>[] stages = new ActorRef[decoder.stages().size()];
    ActorRef<Expert.Command>[] experts = new ActorRef[decoder.owners().size()];
    for (int stage = 0; stage < stages.length; stage++) {
      int owner = decoder.ownerOf(stage);
      DenseStage.Start start =
          new DenseStage.Start(
              dependencies.model.histories().get(owner),
              settings.before().step(),
              dependencies.meter);
      stages[stage] =
          start(
              decoder.owners().get(owner).name(),
              DenseStage.create(device, peers, stage, start),
              workers);
      for (int e = 0; e < decoder.stages().get(stage).experts().size(); e++) {
        int expert = decoder.ownerOf(stage, e);
        experts[expert] =
            start(
                decoder.owners().get(expert).name(),
                Expert.create(device, peers, stage, expert),
                workers);
      }
    }
    ActorRef<DeviceScheduler.Command> scheduler =
        start("scheduler", DeviceScheduler.create(device, peers, loans, settings.lookahead()));
    peers.introduce(stages, experts, scheduler, store, transport);
  }

  private <T> ActorRef<T> start(String name, Behavior<T> behavior) {
    return start(name, behavior, DispatcherSelector.defaultDispatcher());
  }

  private <T> ActorRef<T> start(String name, Behavior<T> behavior, DispatcherSelector dispatcher) {
    ActorRef<T> child = getContext().spawn(behavior, name, dispatcher);
    getContext().watch(child);
    return child;
  }
}
