package jingwei.cluster.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.checkpoint.TrainingState;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.reference.StepResult;
import jingwei.model.routing.RouteTable;

/** Trains on the reference trainer from a configuration to a checkpoint, in the calling thread. */
public final class ReferenceRun implements AutoCloseable {
  private final TrainSettings settings;
  private final RunData data;
  private final RunFolder folder;
  private final RunListener listener;
  private final NativeMemory hostMemory;
  private final NativeMemory deviceMemory;
  private final Kernels kernels;
  private final ReferenceTrainer trainer;
  private final BatchStream batches;
  private final List<List<MicroBatch>> heldOut;
  private final List<Double> losses = new ArrayList<>();
  private final Deque<List<DomainTally>> recent = new ArrayDeque<>();
  private Configuration configuration;
  private LearningRate learningRate;
  private Map<String, DomainTally> lastHeldOut = Map.of();
  private long lastHeldOutStep = -1;
  private Path lastCheckpoint;
  private long lastCheckpointStep = -1;
  private long step;
  private long tokens;
  private long refused;

  /**
   * Takes the memory and fills the model.
   *
   * @param resumeFrom a checkpoint of the same run; null to start anew
   * @throws UserException if the checkpoint is of another model or other data
   */
  public ReferenceRun(
      Configuration configuration,
      RunData data,
      RunFolder folder,
      Checkpoint resumeFrom,
      RunListener listener) {
    this.configuration = configuration;
    this.settings = TrainSettings.of(configuration);
    this.data = data;
    this.folder = folder;
    this.listener = listener;
    this.learningRate = settings.learningRate();
    DecoderShape shape =
        TrainSettings.shape(
            configuration, data.tokenizer().vocabularySize(), data.domains().size());
    BatchSettings batchSettings = settings.batches(configuration, data.domains());
    if (resumeFrom != null) {
      refuseAnother(resumeFrom.manifest(), shape);
    }
    hostMemory = new NativeMemory("host", settings.hostMemoryBytes());
    deviceMemory = new NativeMemory("device", settings.deviceMemoryBytes());
    try {
      ReferenceModel model = resumeFrom == null ? newModel(shape) : resumeFrom.load(hostMemory);
      kernels = new VectorKernels(deviceMemory);
      trainer =
          new ReferenceTrainer(
              model,
              kernels,
              settings.rules(),
              learningRate,
              data.bytesOfToken(),
              data.domains().size(),
              batchSettings.tokensPerMicroBatch(),
              deviceMemory);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    batches = new BatchStream(batchSettings, data.train(), settings.seed());
    heldOut = data.heldOut().stream().map(documents -> cut(documents, batchSettings)).toList();
    if (resumeFrom != null) {
      goOnFrom(resumeFrom);
    }
  }

  /**
   * Runs to the last step, or until told to stop; a checkpoint is written in any case.
   *
   * @param minutes plan the steps by time instead of by number; 0 to keep the number
   * @param stop asked after every step
   */
  public RunSummary run(double minutes, BooleanSupplier stop) {
    writeConfiguration();
    TimedPlan plan = new TimedPlan(minutes, System.nanoTime());
    long tokensBefore = tokens;
    long stepNanos = 0;
    boolean stopped = false;
    try (RunJournal journal =
        new RunJournal(folder, data.domains(), step, hostMemory, deviceMemory)) {
      Map<String, DomainTally> firstHeldOut = evaluate(journal);
      while (plan.isOpen() || step < learningRate.steps()) {
        if (stop.getAsBoolean()) {
          stopped = true;
          break;
        }
        long stepStart = System.nanoTime();
        Batch batch = batches.next();
        StepResult result = trainer.step(batch);
        long took = System.nanoTime() - stepStart;
        stepNanos += took;
        commit(batch, result, took / 1e9, journal);
        plan.afterStep(step, took, System.nanoTime()).ifPresent(this::planSteps);
        if (due(settings.evaluationEvery())) {
          evaluate(journal);
        }
        if (due(settings.checkpointEvery())) {
          evaluate(journal);
          save(journal);
        }
      }
      // Whoever waits for the process to leave does not wait for an evaluation.
      if (!stopped) {
        evaluate(journal);
      }
      save(journal);
      return summary(firstHeldOut, tokensBefore, stepNanos / 1e9, stopped);
    }
  }

  @Override
  public void close() {
    deviceMemory.close();
    hostMemory.close();
  }

  private void refuseAnother(Manifest manifest, DecoderShape shape) {
    if (!manifest.shape().equals(shape)) {
      throw new UserException(
          "The checkpoint holds a model of %s, and the configuration says %s; a resumed run keeps its model."
              .formatted(manifest.shape(), shape));
    }
    if (manifest.seed() != settings.seed()) {
      throw new UserException(
          "The run was started with seed %d, and %d is given; a resumed run keeps its seed."
              .formatted(manifest.seed(), settings.seed()));
    }
    if (manifest.dataFingerprint() != data.fingerprint()) {
      throw new UserException(
          "The text is not the one that the run was trained on, so its position in it means nothing; give the same data, or start a new run.");
    }
  }

  private void goOnFrom(Checkpoint checkpoint) {
    Manifest manifest = checkpoint.manifest();
    step = manifest.step();
    tokens = manifest.tokens();
    trainer.setPreviousNorm(manifest.gradNorm());
    batches.seek(manifest.dataPosition());
    lastCheckpoint = checkpoint.folder();
    lastCheckpointStep = step;
    folder.checkpoints().removeAfter(step);
    if (!manifest.kernels().equals(kernels.fingerprint())) {
      listener.note(
          "The checkpoint was computed by other kernels (%s; here %s): losses will differ in their last digits."
              .formatted(manifest.kernels(), kernels.fingerprint()));
    }
  }

  private List<MicroBatch> cut(List<EncodedDocument> documents, BatchSettings batchSettings) {
    return HeldOutBatches.of(
        documents,
        batchSettings.context(),
        batchSettings.rowsPerMicroBatch(),
        settings.evaluationTokens());
  }

  private ReferenceModel newModel(DecoderShape shape) {
    long[][] counts = data.tokenCounts();
    List<RouteTable> routes = new ArrayList<>();
    for (int layer = 0; layer < shape.routedBlocks(); layer++) {
      routes.add(
          RouteTable.draw(
              settings.routeMode(),
              settings.seed(),
              layer,
              shape.domains(),
              shape.expertsPerDomain(),
              shape.vocabulary(),
              counts));
    }
    ReferenceModel model =
        new ReferenceModel(new Decoder(shape), routes, ElementType.FLOAT32, hostMemory);
    model.initialise(settings.seed());
    return model;
  }

  private void commit(Batch batch, StepResult result, double seconds, RunJournal journal) {
    step = batch.step();
    tokens += result.tokens();
    refused += result.applied() ? 0 : 1;
    losses.add(result.loss());
    recent.add(result.domains());
    if (recent.size() > Math.max(1, learningRate.steps() / 10)) {
      recent.remove();
    }
    StepMetrics metrics =
        journal.step(batch, settings.seed() + "-" + step, result, seconds, tokens);
    listener.step(metrics, learningRate.steps());
  }

  /** Held-out sums of the current weights, by domain name; measured once a step at most. */
  private Map<String, DomainTally> evaluate(RunJournal journal) {
    if (lastHeldOutStep == step) {
      return lastHeldOut;
    }
    Map<String, DomainTally> byDomain = new LinkedHashMap<>();
    for (int domain = 0; domain < heldOut.size(); domain++) {
      if (!heldOut.get(domain).isEmpty()) {
        byDomain.put(data.domains().get(domain), trainer.evaluate(heldOut.get(domain)).get(domain));
      }
    }
    journal.heldOut(step, byDomain);
    lastHeldOut = byDomain;
    lastHeldOutStep = step;
    listener.evaluated(step, byDomain);
    return byDomain;
  }

  private void save(RunJournal journal) {
    if (lastCheckpointStep == step) {
      return;
    }
    Map<String, Double> evaluation = new LinkedHashMap<>();
    if (lastHeldOutStep == step) {
      lastHeldOut.forEach((name, tally) -> evaluation.put(name, tally.loss()));
    }
    journal.force();
    lastCheckpoint =
        folder
            .checkpoints()
            .write(
                new TrainingState(
                    trainer.model(),
                    step,
                    tokens,
                    trainer.previousNorm(),
                    settings.seed(),
                    data.domains(),
                    kernels.fingerprint(),
                    configuration.render(),
                    data.tokenizer().toJson(),
                    data.fingerprint(),
                    batches.position(),
                    evaluation),
                settings.checkpointKeep());
    lastCheckpointStep = step;
    listener.saved(step, lastCheckpoint);
  }

  private boolean due(long every) {
    return every > 0 && step % every == 0;
  }

  /** The number of steps becomes part of the configuration, so that a resumed run keeps it. */
  private void planSteps(long planned) {
    configuration = configuration.with(Map.of("steps", planned), "--minutes");
    writeConfiguration();
    learningRate = TrainSettings.of(configuration).learningRate();
    trainer.setLearningRate(learningRate);
    listener.note(
        "The time holds %d steps; the learning rate is planned over them.".formatted(planned));
  }

  private RunSummary summary(
      Map<String, DomainTally> firstHeldOut, long tokensBefore, double seconds, boolean stopped) {
    Map<String, DomainTally> training = new LinkedHashMap<>();
    for (List<DomainTally> tallies : recent) {
      for (int domain = 0; domain < tallies.size(); domain++) {
        if (tallies.get(domain).tokens() > 0) {
          training.merge(data.domains().get(domain), tallies.get(domain), DomainTally::plus);
        }
      }
    }
    return new RunSummary(
        step,
        tokens,
        seconds,
        losses.isEmpty() ? Double.NaN : losses.getLast(),
        losses,
        training,
        firstHeldOut,
        lastHeldOutStep == step ? lastHeldOut : Map.of(),
        (tokens - tokensBefore) / Math.max(seconds, 1e-9),
        deviceMemory.usedBytes() + hostMemory.usedBytes(),
        refused,
        stopped,
        lastCheckpoint,
        folder.path());
  }

  private void writeConfiguration() {
    try {
      Files.writeString(folder.configuration(), configuration.render());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
