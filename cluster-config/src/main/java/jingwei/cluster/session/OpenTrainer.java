package jingwei.cluster.session;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import jingwei.actors.node.NodeResources;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.NodeLauncher;
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
import jingwei.model.kernel.Backend;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.kernel.Kernels;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialStates;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;

/** A trainer with its memory, for a new run or restored from a checkpoint. */
final class OpenTrainer implements AutoCloseable {
  private static final Supplier<Backend> BACKEND = CpuBackend::new;

  private final Trainer trainer;
  private final long step;
  private final long tokens;

  private OpenTrainer(Trainer trainer, long step, long tokens) {
    this.trainer = trainer;
    this.step = step;
    this.tokens = tokens;
  }

  /**
   * Starts a trainer with initial states or those of a checkpoint.
   *
   * @param from the checkpoint to restore; null for a new run
   * @param refusedSteps steps to refuse regardless of their result
   * @param nodes starts the nodes of the actors
   */
  static OpenTrainer of(
      RunSettings settings,
      RunText text,
      Checkpoint from,
      Set<Long> refusedSteps,
      FaultPlan faults,
      NodeLauncher nodes) {
    Decoder decoder =
        new Decoder(
            settings.model().shape(text.tokenizer().vocabularySize(), text.domains().size()));
    int mostOlder = from == null ? 0 : from.manifest().model().mostOlder();
    long stagingBytes = OwnerStaging.bytes(decoder, ElementType.FLOAT32, mostOlder);
    try (NativeMemory staging = new NativeMemory("staging", stagingBytes)) {
      StateSource source =
          from == null ? initialStates(decoder, settings, text, staging) : from.states(staging);
      return of(settings, text, from, source, refusedSteps, faults, nodes);
    }
  }

  /**
   * @param source the states of the checkpoint, or initial states
   */
  private static OpenTrainer of(
      RunSettings settings,
      RunText text,
      Checkpoint from,
      StateSource source,
      Set<Long> refusedSteps,
      FaultPlan faults,
      NodeLauncher nodes) {
    BatchSettings batches = settings.batch().of(text.domains());
    TrainingSessionSettings session = settings.session();
    BatchStream stream = new BatchStream(batches, text.documents(session.seed()), source.routes());
    StepsBefore before = from == null ? StepsBefore.START : from.manifest().run().before();
    long tokens = from == null ? 0 : from.manifest().run().tokens();
    if (from != null) {
      seek(stream, from);
    }
    before =
        new StepsBefore(
            before.step(), before.applied(), before.norm(), before.history(), refusedSteps);
    LossMeter meter = new LossMeter(text.tokenizer().bytesOfTokens(), text.domains().size());
    Trainer trainer =
        session.throughActors()
            ? new ActorTrainer(
                source,
                settings.optimizer().rules(),
                session.actors(),
                new ActorTrainer.Start(
                    batches,
                    text.feed(batches, session.seed(), stream.position()),
                    stream.position(),
                    before,
                    settings.optimizer().learningRate(),
                    nodes),
                meter,
                new NodeResources.Hardware(
                    settings.device().memoryBytes(), settings.device().hostMemoryBytes(), BACKEND),
                faults)
            : reference(settings, batches, source, stream, before, meter);
    return new OpenTrainer(trainer, before.step(), tokens);
  }

  private static Trainer reference(
      RunSettings settings,
      BatchSettings batches,
      StateSource source,
      BatchStream stream,
      StepsBefore before,
      LossMeter meter) {
    NativeMemory host = new NativeMemory("host", settings.device().hostMemoryBytes());
    NativeMemory device = new NativeMemory("device", settings.device().memoryBytes());
    try {
      ModelState model =
          new ModelState(
              source.decoder(),
              source.routes(),
              source.type(),
              owner -> owner.isExpert() ? host : device);
      model.fill(source);
      int maxTokens = batches.tokensPerMicroBatch();
      StepRules rules = settings.optimizer().rules();
      Kernels kernels =
          rules.precision().kernels(device, Workspace.largestSide(model.decoder(), maxTokens));
      ReferenceTrainer reference =
          new ReferenceTrainer(
              model, kernels, rules, settings.optimizer().learningRate(), meter, maxTokens, device);
      reference.goOnFrom(before);
      return new ReferenceStepper(reference, stream, device, host);
    } catch (RuntimeException | Error e) {
      device.close();
      host.close();
      throw e;
    }
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

  /** The fingerprint of the kernels that a run computes with here. */
  static String kernels(RunSettings settings) {
    return BACKEND.get().fingerprint(settings.optimizer().rules().precision());
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
    trainer.close();
  }

  private static StateSource initialStates(
      Decoder decoder, RunSettings settings, RunText text, NativeMemory staging) {
    long seed = settings.session().seed();
    List<RouteTable> routes = text.drawRoutes(decoder.shape(), settings.model().routeMode(), seed);
    return new InitialStates(decoder, routes, ElementType.FLOAT32, seed, staging);
  }
}
