package jingwei.streams.session;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import jingwei.actors.device.Device;
import jingwei.actors.lane.LanePool;
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
  private final ReferenceModel model;
  private final ActorSettings settings;
  private final int historyWindow;
  private final BatchTable batches = new BatchTable();
  private final Map<Long, PositionedBatch> fed = new ConcurrentHashMap<>();
  private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();
  private final LanePool lanes;
  private final Device device;
  private final ActorSystem<TrainingSession.Command> system;
  private BatchStream.Position position;
  private StepsBefore before;
  private long evaluations;

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
    this.settings = settings;
    this.position = data.position;
    this.before = data.before;
    this.historyWindow = rules.spikes().window();
    DevicePlan plan = DevicePlan.of(model, rules, settings, data.settings, deviceMemory);
    lanes = new LanePool(plan.lanes());
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
    if (position.step() >= untilStep) {
      return position.step();
    }
    system.tell(new TrainingSession.Run(untilStep));
    boolean paused = false;
    while (true) {
      switch (next("step " + (position.step() + 1))) {
        case SessionEvent.StepCommitted committed -> {
          long step = committed.result().step();
          PositionedBatch batch = fed.remove(step);
          position = batch.after();
          StepResult result = committed.result();
          before =
              result.applied()
                  ? before.plusApplied(result.loss(), result.gradNorm(), historyWindow)
                  : before.plusRefused();
          listener.committed(
              batch.batch().batch(), committed.result(), committed.reads(), activity());
          if (!paused && stop.getAsBoolean()) {
            paused = true;
            system.tell(new TrainingSession.Pause());
          }
        }
        case SessionEvent.Rested(long step) -> {
          return step;
        }
        case SessionEvent.EvaluationDone done -> throw new IllegalStateException("not asked for");
        case SessionEvent.SessionFailed(String actor, Throwable cause) ->
            throw TrainerFault.of(actor, cause);
      }
    }
  }

  @Override
  public List<DomainTally> evaluate(List<MicroBatch> microBatches) {
    if (microBatches.isEmpty()) {
      throw new IllegalArgumentException("nothing to evaluate");
    }
    // Far below zero, so that ids rise and every position of an evaluation precedes those of steps.
    long id = -(1L << 30) + ++evaluations;
    batches.put(id, RoutedBatch.of(new Batch(id, microBatches, 1, List.of(), 0), model.routes()));
    system.tell(new TrainingSession.Evaluate(id));
    SessionEvent event = next("an evaluation");
    batches.remove(id);
    return switch (event) {
      case SessionEvent.EvaluationDone done -> done.domains();
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

  /** Ends all actors and waits for them; then nobody uses the memory any more. */
  @Override
  public void close() {
    system.terminate();
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(settings.deadline().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainerFault("the session was interrupted while it waited for its actors to end");
    } catch (ExecutionException | TimeoutException e) {
      throw new TrainerFault(
          "the session waited %d s for its actors to end"
              .formatted(settings.deadline().toSeconds()));
    }
  }

  /** The session watches itself; this longer wait is for the case that it cannot. */
  private SessionEvent next(String awaited) {
    try {
      SessionEvent event = events.poll(2 * settings.deadline().toMillis(), TimeUnit.MILLISECONDS);
      if (event == null) {
        throw new TrainerFault(
            "it has waited %d s for %s from the session"
                .formatted(2 * settings.deadline().toSeconds(), awaited));
      }
      return event;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainerFault("it was interrupted while it waited for " + awaited);
    }
  }

  @Override
  public Activity activity() {
    return new Activity(
        device.ecss().counters(), lanes.lanes(), lanes.busyNanos(), lanes.takeMostWaiting());
  }

  private void feed(Data data) {
    BatchFlow.of(data.settings, data.documents, data.seed, data.position, model.routes())
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
