package jingwei.actors.train;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import jingwei.actors.device.Device;
import jingwei.actors.device.DeviceBuffers;
import jingwei.actors.memory.DevicePlan;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.store.StoreTable;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.LearningRate;
import jingwei.model.state.ModelState;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * Trains through actors: a Pekko system with a {@link TrainingSession} and a stream of batches that
 * feeds it. One thread calls this class; the workers compute.
 */
public final class ActorTrainer implements Trainer {
  /** Longest time until a signal to stop is seen. */
  private static final Duration LONGEST_POLL = Duration.ofMillis(100);

  /** How long a step may go on after a signal to stop. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final ModelState model;
  private final Memories memories;
  private final int historyWindow;
  private final BatchTable batches = new BatchTable();
  private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();
  private final Progress progress = new Progress();
  private final WorkerPool workers;

  /** The session detects its own stalls; this longer limit covers a session that cannot. */
  private final StallWatch watch;

  private final Device device;
  private final ActorSystem<TrainingSession.Command> system;
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
   */
  public record Start(
      BatchSettings settings,
      BatchFeed feed,
      DataPosition position,
      StepsBefore before,
      LearningRate learningRate) {}

  /**
   * The native memory of a session.
   *
   * @param device for activations, gradients and experts on the device
   * @param host for gradients of experts
   */
  public record Memories(NativeMemory device, NativeMemory host) {}

  /**
   * @param model dense owners in device memory, experts in host memory; the actors take it over
   * @param meter adds up losses
   */
  public ActorTrainer(
      ModelState model,
      StepRules rules,
      ActorSettings settings,
      Start start,
      LossMeter meter,
      Memories memories,
      FaultPlan faults) {
    this.model = model;
    this.memories = memories;
    this.position = start.position;
    this.before = start.before;
    this.historyWindow = rules.spikes().window();
    this.watch = new StallWatch(progress, settings.deadline().multipliedBy(2), System::nanoTime);
    DevicePlan plan =
        DevicePlan.of(model, rules, settings, start.settings, memories.device, progress);
    workers = new WorkerPool(plan.workers(), progress);
    DeviceBuffers buffers =
        new DeviceBuffers(
            plan.activations(),
            plan.slots(),
            start.settings.tokensPerMicroBatch(),
            memories.device);
    device = new Device(model.decoder(), model.type(), rules, workers, buffers, batches, faults);
    ParameterStore.Dependencies store =
        new ParameterStore.Dependencies(
            new StoreTable(
                model.decoder(), model.histories(), rules.replicas(), model.type(), memories.host),
            rules,
            faults,
            workers,
            DispatcherSelector.fromConfig(TrainingSession.WORKERS),
            new BufferLoans());
    SessionSettings session =
        new SessionSettings(
            start.learningRate,
            settings.lookahead(),
            settings.deadline(),
            settings.transport(),
            start.before);
    system =
        ActorSystem.create(
            TrainingSession.create(
                session,
                device,
                new TrainingSession.Dependencies(model, meter, store),
                events::add),
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
      start.feed.start(system, model.routes(), progress, batches::put);
    } catch (RuntimeException e) {
      close(); // the actors must end before their memory is closed
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
          Batch batch = batches.remove(step);
          position = batch.after();
          StepResult result = committed.result();
          before = before.plus(result.verdict(), historyWindow);
          listener.committed(batch, result, committed.reads(), activity());
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
  public Optional<List<DomainLoss>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop) {
    requireNotGivenUp();
    if (microBatches.isEmpty()) {
      throw new IllegalArgumentException("nothing to evaluate");
    }
    // Far below zero: ids increase, and the positions of an evaluation precede those of all steps.
    long id = -(1L << 30) + ++evaluations;
    batches.put(Batch.ofEvaluation(id, microBatches, model.routes()));
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
  public StateSource states() {
    return model;
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
   * Handles a signal to stop. First, open steps are finished. If that takes long, steps that no
   * owner may apply yet are given up.
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
        device.ecss().counters(),
        workers.workers(),
        workers.busyNanos(),
        workers.takeMostWaiting(),
        new Activity.Memory(memories.device.usedBytes(), memories.host.usedBytes()));
  }

  private static Config configuration(ActorSettings settings) {
    return ConfigFactory.parseMap(
            Map.of("jingwei.workers.thread-pool-executor.fixed-pool-size", settings.workers()))
        .withFallback(ConfigFactory.load("jingwei-actors"));
  }
}
