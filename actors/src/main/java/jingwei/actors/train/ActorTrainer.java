package jingwei.actors.train;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import jingwei.actors.node.Failure;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.StrayCounts;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.LearningRate;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Trains through actors: one or more nodes in this process, a {@link TrainingSession} on the first
 * of them, and a stream of batches that feeds it. One thread calls this class; the workers compute.
 */
public final class ActorTrainer implements Trainer {
  private static final SecureRandom INCARNATIONS = new SecureRandom();

  private final int historyWindow;
  private final BatchTable batches = new BatchTable();
  private final SessionEvents events;
  private final Progress progress = new Progress();
  private final MovedStates states;
  private final StartingNodes starting;

  private final LaunchedNodes nodes;

  /** What is still to be injected; the nodes have copies. */
  private final FaultPlan faults;

  private final ActorSystem<TrainingSession.Command> system;
  private Activity activity = Activity.NONE;
  private volatile StrayCounts strays = StrayCounts.NONE;
  private DataPosition position;
  private StepsBefore before;
  private long evaluations;
  private boolean isGivenUp;

  /**
   * The state from which a run starts or continues.
   *
   * @param settings of its batches
   * @param feed of batches, at the position
   * @param position in the data
   * @param before the steps before the next one
   * @param learningRate schedule over the steps
   * @param nodes starts them
   */
  public record Start(
      BatchSettings settings,
      BatchFeed feed,
      DataPosition position,
      StepsBefore before,
      LearningRate learningRate,
      NodeLauncher nodes) {}

  /**
   * Starts the nodes and their actors, and takes the states to the owners. Initial experts are not
   * moved: their store draws their weights when they are first used.
   *
   * @param from the states that the owners take over, one after the other; not used afterwards
   * @param rules of a step
   * @param settings of each device
   * @param meter adds up losses
   * @param hardware of each node: memory and backend
   * @param faults to inject
   * @throws jingwei.model.memory.OutOfBudgetException if a budget is too small
   * @throws jingwei.model.UserException if a setting does not fit the model or the machine
   * @throws TrainerFault if an actor fails
   */
  public ActorTrainer(
      StateSource from,
      StepRules rules,
      ActorSettings settings,
      Start start,
      LossMeter meter,
      NodeResources.Hardware hardware,
      FaultPlan faults) {
    this.faults = faults;
    this.position = start.position;
    this.before = start.before;
    this.historyWindow = rules.spikes().window();
    this.events =
        new SessionEvents(
            new StallWatch(progress, settings.deadline().multipliedBy(2), System::nanoTime),
            System::nanoTime);
    Decoder decoder = from.decoder();
    RunPlan plan =
        new RunPlan(
            new ModelPlan(decoder.shape(), from.type(), from.routes(), from.initialWeights()),
            rules,
            start.settings,
            settings);
    long incarnation = INCARNATIONS.nextLong(1, Long.MAX_VALUE);
    states = new MovedStates(from, rules.versions(), mover());
    try {
      nodes = start.nodes.launch(rules, settings, hardware, faults);
    } catch (RuntimeException | Error e) {
      states.close();
      throw e;
    }
    starting = new StartingNodes(nodes.members());
    try {
      Placement placement = Placement.first(decoder, rules.replicas(), nodes.members());
      nodes.placed(placement);
      SessionSettings session =
          new SessionSettings(
              start.learningRate, settings.lookahead(), settings.deadline(), start.before);
      system =
          nodes.startSession(
              here ->
                  TrainingSession.create(
                      new TrainingSession.Start(
                          nodes.addresses(),
                          here,
                          session,
                          new TrainingSession.NodeStart(incarnation, plan, placement),
                          new StepCoordinator.Dependencies(
                              decoder,
                              rules,
                              batches,
                              meter,
                              here.faults(),
                              here.progress(),
                              System::nanoTime),
                          states),
                      this::onEvent),
              progress);
    } catch (RuntimeException | Error e) {
      nodes.terminate();
      var _ = nodes.ended().thenRun(states::close);
      throw e;
    }
    nodes.onceEnded(
        () ->
            events.addEnd(
                new SessionEvent.SessionFailed(
                    Failure.of("session", new IllegalStateException("the actor system ended")))));
    nodes.onceLost(reason -> events.add(new SessionEvent.NodeLost(reason)));
    try {
      await(SessionEvent.Connected.class, starting::waitsFor);
      for (int owner = 0; owner < decoder.owners().size(); owner++) {
        if (states.isInitial(owner)) {
          continue;
        }
        states.take(owner);
        system.tell(new TrainingSession.TakeState(owner));
        await(SessionEvent.StateMoved.class, name(owner) + " to be filled");
      }
      states.areTaken();
      start.feed.start(system, from.routes(), progress, batches::put);
    } catch (RuntimeException | Error e) {
      endAfter(e);
      throw e;
    }
  }

  /** Runs in the session's thread. */
  private void onEvent(SessionEvent event) {
    switch (event) {
      case SessionEvent.StraysCounted(StrayCounts counts) -> strays = counts;
      case SessionEvent.NodeStarted(int node) -> starting.started(node);
      default -> events.add(event);
    }
  }

  /**
   * Messages between nodes that have changed nothing: foreign, late or doubled ones. Nodes report
   * them from time to time.
   */
  public StrayCounts strays() {
    return strays;
  }

  /** Ends the actors, whose memory is closed after them. */
  private void endAfter(Throwable fault) {
    try {
      close();
    } catch (TrainerFault stuck) {
      fault.addSuppressed(stuck);
    }
  }

  private <T extends SessionEvent> T await(Class<T> type, String awaited) {
    return await(type, () -> awaited);
  }

  private <T extends SessionEvent> T await(Class<T> type, Supplier<String> awaited) {
    while (true) {
      SessionEvent event = next(awaited, stopping(() -> false));
      if (type.isInstance(event)) {
        return type.cast(event);
      }
      if (!(event instanceof SessionEvent.GaveUp)) {
        throw TrainerFault.of(event);
      }
      isGivenUp = true; // the run had ended before the session gave up
    }
  }

  @Override
  public long run(long untilStep, Listener listener, BooleanSupplier stop) {
    requireNotGivenUp();
    if (position.step() >= untilStep) {
      return position.step();
    }
    system.tell(new TrainingSession.Run(untilStep));
    SessionEvents.Stopping stopping = stopping(stop);
    while (true) {
      switch (next(() -> "step " + (position.step() + 1), stopping)) {
        case SessionEvent.StepCommitted committed -> {
          long step = committed.result().step();
          faults.removeHangs(step);
          Batch batch = batches.remove(step);
          position = batch.after();
          StepResult result = committed.result();
          if (result.isApplied()) {
            states.updated(committed.reads().keySet());
          }
          before = before.plus(result.verdict(), historyWindow);
          activity = committed.activity();
          listener.committed(batch, result, committed.reads(), activity());
        }
        case SessionEvent.Rested(long step) -> {
          return step;
        }
        case SessionEvent.GaveUp(long step) -> {
          isGivenUp = true;
          return step;
        }
        case SessionEvent other -> throw TrainerFault.of(other);
      }
    }
  }

  @Override
  public Optional<List<DomainLoss>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop) {
    requireNotGivenUp();
    if (microBatches.isEmpty()) {
      throw new IllegalArgumentException("nothing to evaluate");
    }
    // Far below zero: ids increase, and the positions of an evaluation precede those of all steps.
    long id = -(1L << 30) + ++evaluations;
    batches.put(Batch.ofEvaluation(id, microBatches, states.routes()));
    system.tell(new TrainingSession.Evaluate(id));
    SessionEvent event = next(() -> "an evaluation", stopping(stop));
    return switch (event) {
      case SessionEvent.EvaluationDone done -> {
        batches.remove(id);
        faults.removeHangs(id);
        activity = done.activity();
        yield Optional.of(done.domains());
      }
      case SessionEvent.GaveUp gaveUp -> {
        isGivenUp = true;
        yield Optional.empty();
      }
      default -> throw TrainerFault.of(event);
    };
  }

  @Override
  public boolean waitsForBatch() {
    return batches.isEmpty();
  }

  @Override
  public void follow(LearningRate learningRate) {
    system.tell(new TrainingSession.Follow(learningRate));
  }

  @Override
  public StateSource states() {
    return states;
  }

  private MovedStates.Mover mover() {
    return new MovedStates.Mover() {
      @Override
      public OwnerClock clock(int owner) {
        system.tell(new TrainingSession.AskClock(owner));
        return await(SessionEvent.ClockIs.class, "the counts of " + name(owner)).clock();
      }

      @Override
      public void bring(int owner) {
        system.tell(new TrainingSession.BringState(owner));
        await(SessionEvent.StateMoved.class, "the state of " + name(owner));
      }
    };
  }

  private String name(int owner) {
    return states.decoder().owners().get(owner).name();
  }

  @Override
  public StepsBefore before() {
    return before;
  }

  @Override
  public DataPosition position() {
    return position;
  }

  /**
   * Ends all actors and waits for them, unless one of them still computes a step that was given up.
   */
  @Override
  public void end(Runnable whenNothingComputes) {
    nodes.terminate();
    CompletableFuture<?> ended = nodes.ended().thenRun(states::close).thenRun(whenNothingComputes);
    if (isGivenUp) {
      return;
    }
    events.awaitEnd(ended);
  }

  private void requireNotGivenUp() {
    if (isGivenUp) {
      throw new IllegalStateException("a step was given up after step=" + position.step());
    }
  }

  private SessionEvents.Stopping stopping(BooleanSupplier stop) {
    return new SessionEvents.Stopping(stop, nodes.patience(), system::tell);
  }

  private SessionEvent next(Supplier<String> awaited, SessionEvents.Stopping stopping) {
    SessionEvent event = events.next(awaited, stopping);
    if (event instanceof SessionEvent.SessionFailed(Failure failure)) {
      failure.injected().forEach(faults::remove);
    }
    return event;
  }

  @Override
  public Activity activity() {
    return activity.withStates(states.bytes());
  }
}
