package jingwei.streams.session;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import jingwei.actors.device.Device;
import jingwei.actors.lane.LanePool;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.store.StoreTable;
import jingwei.actors.train.SessionEvent;
import jingwei.actors.train.SessionSettings;
import jingwei.actors.train.TrainingSession;
import jingwei.actors.transport.BufferLoans;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.MicroBatch;
import jingwei.model.data.RoutedBatch;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.StepRules;
import jingwei.model.optim.StepsBefore;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.LossTally;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.reference.StepResult;
import jingwei.streams.batch.BatchFlow;
import jingwei.streams.batch.PositionedBatch;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.typed.javadsl.ActorSink;

/**
 * Trains through actors: a Pekko system with a {@link TrainingSession} and a stream of batches that
 * feeds it. One thread calls; the lanes compute.
 */
public final class ActorTrainer implements Trainer {
  /** How soon a signal to stop is seen. */
  private static final Duration LONGEST_POLL = Duration.ofMillis(100);

  /** How long a step may go on after a signal to stop. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final ReferenceModel model;
  private final int historyWindow;
  private final BatchTable batches = new BatchTable();
  private final Map<Long, PositionedBatch> fed = new ConcurrentHashMap<>();
  private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();
  private final Progress progress = new Progress();
  private final LanePool lanes;

  /** The session watches itself; this longer wait is for the case that it cannot. */
  private final StallWatch watch;

  private final Device device;
  private final ActorSystem<TrainingSession.Command> system;
  private BatchStream.Position position;
  private StepsBefore before;
  private long evaluations;
  private boolean isGivenUp;

  /**
   * Where a run starts or goes on.
   *
   * @param documents of each domain
   * @param seed of their order
   * @param position in the data
   * @param before the steps before the next one
   */
  public record Data(
      BatchSettings settings,
      List<List<EncodedDocument>> documents,
      long seed,
      BatchStream.Position position,
      StepsBefore before) {}

  /**
   * @param model dense owners in device memory, experts in host memory; the actors take it over
   * @param tally adds up losses
   * @param deviceMemory for activations, gradients and experts on the device
   * @param hostMemory for gradients of experts
   */
  public ActorTrainer(
      ReferenceModel model,
      StepRules rules,
      LearningRate learningRate,
      ActorSettings settings,
      Data data,
      LossTally tally,
      NativeMemory deviceMemory,
      NativeMemory hostMemory,
      FaultPlan faults) {
    this.model = model;
    this.position = data.position;
    this.before = data.before;
    this.historyWindow = rules.spikes().window();
    this.watch = new StallWatch(progress, settings.deadline().multipliedBy(2), System::nanoTime);
    DevicePlan plan = DevicePlan.of(model, rules, settings, data.settings, deviceMemory, progress);
    lanes = new LanePool(plan.lanes(), progress);
    device =
        new Device(
            model.decoder(),
            model.type(),
            rules,
            lanes,
            plan.frames(),
            plan.slots(),
            deviceMemory,
            batches,
            faults,
            data.settings.tokensPerMicroBatch());
    ParameterStore.Parts store =
        new ParameterStore.Parts(
            new StoreTable(
                model.decoder(), model.histories(), rules.replicas(), model.type(), hostMemory),
            rules,
            faults,
            lanes,
            DispatcherSelector.fromConfig(TrainingSession.LANES),
            new BufferLoans());
    SessionSettings session =
        new SessionSettings(
            learningRate,
            settings.lookahead(),
            settings.deadline(),
            settings.transport(),
            data.before);
    system =
        ActorSystem.create(
            TrainingSession.create(
                session, device, new TrainingSession.Parts(model, tally, store), events::add),
            "jingwei",
            configuration(settings));
    system
        .getWhenTerminated()
        .thenRun(
            () ->
                events.add(
                    new SessionEvent.SessionFailed(
                        "session", new IllegalStateException("the actor system ended"))));
    try {
      feed(data);
    } catch (RuntimeException e) {
      close(); // before the memory is
      throw e;
    }
  }

  @Override
  public long run(long untilStep, Listener listener, BooleanSupplier stop) {
    requireNotGivenUp();
    if (position.step() >= untilStep) {
      return position.step();
    }
    system.tell(new TrainingSession.Run(untilStep));
    Stopping stopping = new Stopping(stop);
    while (true) {
      switch (next("step " + (position.step() + 1), stopping)) {
        case SessionEvent.StepCommitted committed -> {
          long step = committed.result().step();
          PositionedBatch batch = fed.remove(step);
          position = batch.after();
          StepResult result = committed.result();
          before =
              result.applied()
                  ? before.plusApplied(result.loss(), result.gradNorm(), historyWindow)
                  : before.plusRefused();
          listener.committed(batch.batch().batch(), result, committed.reads(), activity());
        }
        case SessionEvent.Rested(long step) -> {
          return step;
        }
        case SessionEvent.GaveUp(long step) -> {
          isGivenUp = true;
          return step;
        }
        case SessionEvent.EvaluationDone done -> throw new IllegalStateException("not asked for");
        case SessionEvent.SessionFailed(String actor, Throwable cause) ->
            throw TrainerFault.of(actor, cause);
      }
    }
  }

  @Override
  public Optional<List<DomainTally>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop) {
    requireNotGivenUp();
    if (microBatches.isEmpty()) {
      throw new IllegalArgumentException("nothing to evaluate");
    }
    // Far below zero, so that ids rise and every position of an evaluation precedes those of steps.
    long id = -(1L << 30) + ++evaluations;
    batches.put(id, RoutedBatch.of(new Batch(id, microBatches, 1, List.of(), 0), model.routes()));
    system.tell(new TrainingSession.Evaluate(id));
    SessionEvent event = next("an evaluation", new Stopping(stop));
    return switch (event) {
      case SessionEvent.EvaluationDone done -> {
        batches.remove(id);
        yield Optional.of(done.domains());
      }
      case SessionEvent.GaveUp gaveUp -> {
        isGivenUp = true;
        yield Optional.empty();
      }
      case SessionEvent.SessionFailed(String actor, Throwable cause) ->
          throw TrainerFault.of(actor, cause);
      default -> throw new IllegalStateException("unexpected " + event);
    };
  }

  @Override
  public void follow(LearningRate learningRate) {
    system.tell(new TrainingSession.Follow(learningRate));
  }

  @Override
  public ReferenceModel model() {
    return model;
  }

  @Override
  public StepsBefore before() {
    return before;
  }

  @Override
  public BatchStream.Position position() {
    return position;
  }

  /** Ends all actors and waits for them, unless one of them computes what was given up. */
  @Override
  public void end(Runnable whenNothingComputes) {
    system.terminate();
    CompletableFuture<?> ended =
        system.getWhenTerminated().toCompletableFuture().thenRun(whenNothingComputes);
    if (isGivenUp) {
      return;
    }
    watch.begin();
    try {
      while (!isDone(ended)) {
        if (watch.isStalled()) {
          throw new TrainerFault(
              "the session waited %.0f s for its actors to end".formatted(watch.stalledSeconds()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainerFault("the session was interrupted while it waited for its actors to end");
    }
  }

  private boolean isDone(CompletableFuture<?> future) throws InterruptedException {
    try {
      future.get(watch.interval().toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new TrainerFault("the actors did not end (%s)".formatted(e.getCause()));
    }
  }

  private void requireNotGivenUp() {
    if (isGivenUp) {
      throw new IllegalStateException("a step was given up after step=" + position.step());
    }
  }

  private SessionEvent next(String awaited, Stopping stopping) {
    long wait = Math.min(watch.interval().toNanos(), LONGEST_POLL.toNanos());
    watch.begin();
    try {
      while (true) {
        SessionEvent event = events.poll(wait, TimeUnit.NANOSECONDS);
        stopping.look();
        if (event != null) {
          return event;
        }
        if (watch.isStalled()) {
          throw new TrainerFault(
              "it has waited %.0f s for %s from the session, and nothing got done"
                  .formatted(watch.stalledSeconds(), awaited));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainerFault("it was interrupted while it waited for " + awaited);
    }
  }

  /**
   * What becomes of a signal to stop: first the open steps are finished; if that takes long, those
   * that no owner may apply yet are given up.
   */
  private final class Stopping {
    private final BooleanSupplier stop;
    private long sinceNanos;
    private boolean isPaused;
    private boolean isGivingUp;

    Stopping(BooleanSupplier stop) {
      this.stop = stop;
    }

    void look() {
      if (!isPaused && stop.getAsBoolean()) {
        isPaused = true;
        sinceNanos = System.nanoTime();
        system.tell(new TrainingSession.Pause());
      }
      if (isPaused && !isGivingUp && System.nanoTime() - sinceNanos > PATIENCE.toNanos()) {
        isGivingUp = true;
        system.tell(new TrainingSession.GiveUp());
      }
    }
  }

  @Override
  public Activity activity() {
    return new Activity(
        device.ecss().counters(), lanes.lanes(), lanes.busyNanos(), lanes.takeMostWaiting());
  }

  private void feed(Data data) {
    BatchFlow.of(data.settings, data.documents, data.seed, data.position, model.routes(), progress)
        .map(
            batch -> {
              long step = batch.batch().batch().step();
              fed.put(step, batch);
              batches.put(step, batch.batch());
              return step;
            })
        .to(sink())
        .withAttributes(Attributes.inputBuffer(1, 1))
        .run(system);
  }

  private Sink<Long, NotUsed> sink() {
    return ActorSink.actorRefWithBackpressure(
        system,
        (more, step) -> new TrainingSession.Offer(step, more),
        TrainingSession.Connect::new,
        TrainingSession.Wanted.ANOTHER,
        new TrainingSession.Disconnect("the stream of batches ended"),
        failure -> new TrainingSession.Disconnect("the stream of batches failed: " + failure));
  }

  private static Config configuration(ActorSettings settings) {
    return ConfigFactory.parseMap(
            Map.of("jingwei.lanes.thread-pool-executor.fixed-pool-size", settings.lanes()))
        .withFallback(ConfigFactory.load("jingwei-actors"));
  }
}
