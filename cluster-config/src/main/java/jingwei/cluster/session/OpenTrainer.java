package jingwei.cluster.session;

import java.util.List;
import java.util.Set;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.ReferenceStepper;
import jingwei.actors.train.Trainer;
import jingwei.cluster.settings.RunSettings;
import jingwei.cluster.settings.TrainingSessionSettings;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialStates;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import jingwei.streams.batch.StreamFeed;

/** A trainer with its memory, for a new run or restored from a checkpoint. */
final class OpenTrainer implements AutoCloseable {
  private final NativeMemory hostMemory;
  private final NativeMemory deviceMemory;
  private final Trainer trainer;
  private final long step;
  private final long tokens;

  private OpenTrainer(
      NativeMemory hostMemory, NativeMemory deviceMemory, Trainer trainer, long step, long tokens) {
    this.hostMemory = hostMemory;
    this.deviceMemory = deviceMemory;
    this.trainer = trainer;
    this.step = step;
    this.tokens = tokens;
  }

  /**
   * Allocates the memory, and initializes the model or loads it.
   *
   * @param from the checkpoint to restore; null for a new run
   * @param refusedSteps steps to refuse regardless of their result
   */
  static OpenTrainer of(
      RunSettings settings,
      RunData data,
      Checkpoint from,
      Set<Long> refusedSteps,
      FaultPlan faults) {
    Decoder decoder =
        new Decoder(
            settings.model().shape(data.tokenizer().vocabularySize(), data.domains().size()));
    int mostOlder = from == null ? 0 : from.manifest().model().mostOlder();
    long stagingBytes = OwnerStaging.bytes(decoder, ElementType.FLOAT32, mostOlder);
    NativeMemory host = new NativeMemory("host", settings.device().hostMemoryBytes());
    NativeMemory device = new NativeMemory("device", settings.device().memoryBytes());
    try (NativeMemory staging = new NativeMemory("staging", stagingBytes)) {
      StateSource source =
          from == null ? initialStates(decoder, settings, data, staging) : from.states(staging);
      ActorTrainer.Memories memories = new ActorTrainer.Memories(device, host);
      return of(settings, data, from, source, refusedSteps, faults, memories);
    } catch (RuntimeException | Error e) {
      device.close();
      host.close();
      throw e;
    }
  }

  /**
   * @param source the states of the checkpoint, or initial states
   */
  private static OpenTrainer of(
      RunSettings settings,
      RunData data,
      Checkpoint from,
      StateSource source,
      Set<Long> refusedSteps,
      FaultPlan faults,
      ActorTrainer.Memories memories) {
    NativeMemory host = memories.host();
    NativeMemory device = memories.device();
    ModelState model =
        new ModelState(
            source.decoder(),
            source.routes(),
            source.type(),
            owner -> owner.isExpert() ? host : device);
    model.fill(source);
    BatchSettings batches = settings.batch().of(data.domains());
    TrainingSessionSettings session = settings.session();
    BatchStream stream = new BatchStream(batches, data.train(), session.seed(), model.routes());
    StepsBefore before = from == null ? StepsBefore.START : from.manifest().run().before();
    long tokens = from == null ? 0 : from.manifest().run().tokens();
    if (from != null) {
      seek(stream, from);
    }
    before =
        new StepsBefore(
            before.step(), before.applied(), before.norm(), before.history(), refusedSteps);
    StepRules rules = settings.optimizer().rules();
    LearningRate learningRate = settings.optimizer().learningRate();
    LossMeter meter = new LossMeter(data.tokenizer().bytesOfTokens(), data.domains().size());
    Trainer trainer;
    if (session.throughActors()) {
      trainer =
          new ActorTrainer(
              model,
              rules,
              session.actors(),
              new ActorTrainer.Start(
                  batches,
                  new StreamFeed(batches, data.train(), session.seed(), stream.position()),
                  stream.position(),
                  before,
                  learningRate),
              meter,
              memories,
              faults);
    } else {
      ReferenceTrainer reference =
          new ReferenceTrainer(
              model,
              rules
                  .precision()
                  .kernels(
                      device,
                      Workspace.largestSide(model.decoder(), batches.tokensPerMicroBatch())),
              rules,
              learningRate,
              meter,
              batches.tokensPerMicroBatch(),
              device);
      reference.goOnFrom(before);
      trainer = new ReferenceStepper(reference, stream, device, host);
    }
    return new OpenTrainer(host, device, trainer, before.step(), tokens);
  }

  private static void seek(BatchStream stream, Checkpoint from) {
    try {
      stream.seek(from.manifest().run().data().position());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          from.folder(),
          "has a data position that the text does not have (" + e.getMessage() + ")",
          e);
    }
  }

  Trainer trainer() {
    return trainer;
  }

  /** The last step before this trainer starts. */
  long step() {
    return step;
  }

  /** Input tokens trained on up to that step. */
  long tokens() {
    return tokens;
  }

  @Override
  public void close() {
    trainer.end(
        () -> {
          deviceMemory.close();
          hostMemory.close();
        });
  }

  private static StateSource initialStates(
      Decoder decoder, RunSettings settings, RunData data, NativeMemory staging) {
    long seed = settings.session().seed();
    List<RouteTable> routes = data.drawRoutes(decoder.shape(), settings.model().routeMode(), seed);
    return new InitialStates(decoder, routes, ElementType.FLOAT32, seed, staging);
  }
}
