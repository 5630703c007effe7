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
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.TrainingState;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.metrics.StepLog;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.metrics.TensorBoardWriter;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.reference.StepResult;
import jingwei.model.routing.RouteTable;

/** Trains on the reference trainer from a configuration to a checkpoint, in the calling thread. */
public final class ReferenceRun implements AutoCloseable {
  private Configuration configuration;
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
  private final Deque<StepResult> recent = new ArrayDeque<>();
  private Map<String, DomainTally> lastHeldOut = Map.of();
  private LearningRate learningRate;
  private Path lastCheckpoint;
  private long lastCheckpointStep = -1;
  private long step;
  private long tokens;
  private long refused;

  /**
   * Takes the memory and fills the model.
   *
   * @param resumeFrom a checkpoint of the same run; null to start anew
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
    hostMemory = new NativeMemory("host", settings.hostMemoryBytes());
    deviceMemory = new NativeMemory("device", settings.deviceMemoryBytes());
    ReferenceModel model = resumeFrom == null ? newModel(shape) : resumeFrom.load(hostMemory);
    kernels = new VectorKernels(deviceMemory);
    int maxTokens = batchSettings.rowsPerMicroBatch() * batchSettings.context();
    trainer =
        new ReferenceTrainer(
            model,
            kernels,
            settings.adam(),
            learningRate,
            data.bytesOfToken(),
            data.domains().size(),
            maxTokens,
            deviceMemory);
    batches = new BatchStream(batchSettings, data.train(), settings.seed());
    if (resumeFrom != null) {
      step = resumeFrom.manifest().step();
      tokens = resumeFrom.manifest().tokens();
      batches.seek(resumeFrom.manifest().dataPosition());
    }
    heldOut =
        data.heldOut().stream()
            .map(
                documents ->
                    HeldOutBatches.of(
                        documents,
                        batchSettings.context(),
                        batchSettings.rowsPerMicroBatch(),
                        settings.evaluationTokens()))
            .toList();
  }

  /**
   * Runs to the last step, or until told to stop; a checkpoint is written in any case.
   *
   * @param minutes plan the steps by time instead of by number; 0 to keep the number
   * @param stop asked after every step
   */
  public RunSummary run(double minutes, BooleanSupplier stop) {
    writeConfiguration();
    StepLog.truncateAfter(folder.metrics(), step);
    StepLog.truncateAfter(folder.ledger(), step);
    TimedPlan plan = new TimedPlan(minutes, System.nanoTime());
    long tokensBefore = tokens;
    long stepNanos = 0;
    boolean stopped = false;
    try (StepLog log = new StepLog(folder.metrics(), folder.ledger());
        TensorBoardWriter events = new TensorBoardWriter(folder.events(), wallSeconds())) {
      Map<String, DomainTally> firstHeldOut = evaluate(events);
      while (step < learningRate.steps()) {
        if (stop.getAsBoolean()) {
          stopped = true;
          break;
        }
        long stepStart = System.nanoTime();
        Batch batch = batches.next();
        StepResult result = trainer.step(batch);
        long took = System.nanoTime() - stepStart;
        stepNanos += took;
        commit(batch, result, took / 1e9, log, events);
        plan.afterStep(step, took, System.nanoTime()).ifPresent(this::planSteps);
        boolean last = step >= learningRate.steps();
        if (last || due(settings.evaluationEvery())) {
          evaluate(events);
        }
        if (!last && due(settings.checkpointEvery())) {
          save();
        }
      }
      if (stopped) {
        evaluate(events);
      }
      if (lastCheckpointStep != step) {
        save();
      }
      return summary(firstHeldOut, tokensBefore, stepNanos / 1e9, stopped);
    }
  }

  @Override
  public void close() {
    deviceMemory.close();
    hostMemory.close();
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

  private void commit(
      Batch batch, StepResult result, double seconds, StepLog log, TensorBoardWriter events) {
    step = batch.step();
    tokens += result.tokens();
    refused += result.applied() ? 0 : 1;
    losses.add(result.loss());
    recent.add(result);
    if (recent.size() > Math.max(1, learningRate.steps() / 10)) {
      recent.remove();
    }
    Map<String, StepMetrics.Domain> domains = new LinkedHashMap<>();
    DomainTally all = DomainTally.EMPTY;
    for (int domain = 0; domain < result.domains().size(); domain++) {
      DomainTally tally = result.domains().get(domain);
      all = all.plus(tally);
      if (tally.tokens() > 0) {
        domains.put(
            data.domains().get(domain),
            new StepMetrics.Domain(tally.loss(), tally.bitsPerByte(), tally.tokens()));
      }
    }
    Runtime runtime = Runtime.getRuntime();
    StepMetrics metrics =
        new StepMetrics(
            step,
            tokens,
            result.loss(),
            all.bitsPerByte(),
            domains,
            result.learningRate(),
            result.gradNorm(),
            result.applied(),
            result.tokens() / seconds,
            result.activeExperts(),
            StepMetrics.Ecss.resident(result.activeExperts()),
            new StepMetrics.Memory(
                deviceMemory.usedBytes(),
                hostMemory.usedBytes(),
                runtime.totalMemory() - runtime.freeMemory()),
            0,
            batch.epoch());
    log.metrics(metrics);
    log.ledger(step, settings.seed() + "-" + step, batch.documents(), result.expertVersions());
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/loss", metrics.loss());
    domains.forEach(
        (name, domain) -> scalars.put("train/bitsPerByte/" + name, domain.bitsPerByte()));
    scalars.put("train/lr", metrics.learningRate());
    scalars.put("train/gradNorm", metrics.gradNorm());
    scalars.put("train/tokensPerSecond", metrics.tokensPerSecond());
    events.scalars(wallSeconds(), step, scalars);
    listener.step(metrics, learningRate.steps());
  }

  private Map<String, DomainTally> evaluate(TensorBoardWriter events) {
    Map<String, DomainTally> byDomain = new LinkedHashMap<>();
    Map<String, Double> scalars = new LinkedHashMap<>();
    for (int domain = 0; domain < heldOut.size(); domain++) {
      if (!heldOut.get(domain).isEmpty()) {
        DomainTally tally = trainer.evaluate(heldOut.get(domain)).get(domain);
        String name = data.domains().get(domain);
        byDomain.put(name, tally);
        scalars.put("heldOut/bitsPerByte/" + name, tally.bitsPerByte());
      }
    }
    events.scalars(wallSeconds(), step, scalars);
    lastHeldOut = byDomain;
    listener.evaluated(step, byDomain);
    return byDomain;
  }

  private void save() {
    Map<String, Double> evaluation = new LinkedHashMap<>();
    lastHeldOut.forEach((name, tally) -> evaluation.put(name, tally.loss()));
    lastCheckpoint =
        folder
            .checkpoints()
            .write(
                new TrainingState(
                    trainer.model(),
                    step,
                    tokens,
                    settings.seed(),
                    data.domains(),
                    kernels.fingerprint(),
                    configuration.render(),
                    data.tokenizer().toJson(),
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
    long warmup = Math.min(learningRate.warmupSteps(), planned / 10);
    configuration =
        configuration.with(
            Map.of("steps", planned, "learningRate.warmupSteps", warmup), "--minutes");
    writeConfiguration();
    learningRate = TrainSettings.of(configuration).learningRate();
    trainer.setLearningRate(learningRate);
    listener.note(
        "The time holds %d steps; the learning rate is planned over them.".formatted(planned));
  }

  private RunSummary summary(
      Map<String, DomainTally> firstHeldOut, long tokensBefore, double seconds, boolean stopped) {
    Map<String, DomainTally> training = new LinkedHashMap<>();
    for (StepResult result : recent) {
      for (int domain = 0; domain < result.domains().size(); domain++) {
        if (result.domains().get(domain).tokens() > 0) {
          training.merge(
              data.domains().get(domain), result.domains().get(domain), DomainTally::plus);
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
        lastHeldOut,
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

  private static double wallSeconds() {
    return System.currentTimeMillis() / 1e3;
  }
}
