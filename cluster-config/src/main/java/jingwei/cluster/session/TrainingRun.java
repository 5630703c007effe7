package jingwei.cluster.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.checkpoint.TrainingState;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.StepResult;
import jingwei.streams.session.Activity;
import jingwei.streams.session.TrainerFault;

/**
 * Trains from a configuration to a checkpoint. Whoever fails among the actors, the run goes back to
 * its newest checkpoint and over the same batches again, and comes to the same weights. (A run by
 * time that fails before its steps are planned and saved plans its learning rate anew.)
 */
public final class TrainingRun implements AutoCloseable {
  /** A fault that comes back after so many attempts will not go away. */
  private static final int MOST_RESTARTS = 3;

  private final TrainSettings settings;
  private final RunData data;
  private final RunFolder folder;
  private final RunListener listener;
  private final FaultPlan faults;
  private final List<List<MicroBatch>> heldOut;
  private final Set<Long> refusedSteps = new TreeSet<>();
  private final TreeSet<Long> refused = new TreeSet<>();
  private final TreeMap<Long, Double> losses = new TreeMap<>();
  private final TreeMap<Long, List<DomainTally>> tallies = new TreeMap<>();
  private Configuration configuration;
  private OpenTrainer open;
  private Map<String, DomainTally> lastHeldOut = Map.of();
  private long lastHeldOutStep = -1;
  private Path lastCheckpoint;
  private long lastCheckpointStep = -1;
  private long plannedSteps;
  private long step;
  private long tokens;
  private long trainingNanos;
  private long lastCommitNanos;

  /**
   * Takes the memory and fills the model.
   *
   * @param resumeFrom a checkpoint of the same run; null to start anew
   * @throws UserException if the checkpoint is of another model or other data
   */
  public TrainingRun(
      Configuration configuration,
      RunData data,
      RunFolder folder,
      Checkpoint resumeFrom,
      RunListener listener,
      FaultPlan faults) {
    this.configuration = configuration;
    this.settings = TrainSettings.of(configuration);
    this.data = data;
    this.folder = folder;
    this.listener = listener;
    this.faults = faults;
    this.plannedSteps = settings.learningRate().steps();
    BatchSettings batchSettings = settings.batches(configuration, data.domains());
    if (resumeFrom != null) {
      refuseAnother(resumeFrom.manifest());
    }
    heldOut = data.heldOut().stream().map(documents -> cut(documents, batchSettings)).toList();
    open(resumeFrom);
  }

  /**
   * Runs to the last step, or until told to stop; a checkpoint is written in any case.
   *
   * @param minutes plan the steps by time instead of by number; 0 to keep the number
   * @param stop asked after every step
   * @throws FaultException if a fault was not survived
   */
  public RunSummary run(double minutes, BooleanSupplier stop) {
    writeConfiguration();
    TimedPlan plan = new TimedPlan(minutes, System.nanoTime());
    Map<String, DomainTally> firstHeldOut = Map.of();
    int restarts = 0;
    while (true) {
      try (RunJournal journal =
          new RunJournal(folder, data.domains(), step, open.hostMemory(), open.deviceMemory())) {
        Map<String, DomainTally> before = evaluate(journal);
        firstHeldOut = firstHeldOut.isEmpty() ? before : firstHeldOut;
        boolean stopped = train(plan, journal, stop);
        // Whoever waits for the process to leave does not wait for an evaluation.
        if (!stopped) {
          evaluate(journal);
        }
        save(journal);
        return summary(firstHeldOut, stopped);
      } catch (TrainerFault fault) {
        // A step that has to be refused is not a fault that comes back.
        restarts += fault.stepToRefuse() > 0 ? 0 : 1;
        recover(fault, restarts);
      }
    }
  }

  @Override
  public void close() {
    if (open != null) {
      OpenTrainer closing = open;
      open = null; // if its actors do not end, nobody waits for them twice
      closing.close();
    }
  }

  /** Takes over a checkpoint, or begins; whatever was known of later steps is forgotten. */
  private void open(Checkpoint from) {
    open = OpenTrainer.of(configuration, data, from, refusedSteps, faults);
    step = open.step();
    tokens = open.tokens();
    losses.tailMap(step, false).clear();
    tallies.tailMap(step, false).clear();
    refused.tailSet(step, false).clear();
    lastHeldOutStep = -1;
    lastCheckpointStep = from == null ? -1 : step;
    lastCheckpoint = from == null ? null : from.folder();
    folder.checkpoints().removeAfter(step);
    if (from != null && !from.manifest().kernels().equals(VectorKernels.fingerprintHere())) {
      listener.note(
          "The checkpoint was computed by other kernels (%s; here %s): losses will differ in their last digits."
              .formatted(from.manifest().kernels(), VectorKernels.fingerprintHere()));
    }
  }

  private boolean train(TimedPlan plan, RunJournal journal, BooleanSupplier stop) {
    if (stop.getAsBoolean()) {
      return true;
    }
    while (plan.isOpen() || step < plannedSteps) {
      lastCommitNanos = System.nanoTime();
      journal.begin(open.trainer().activity());
      open.trainer()
          .run(
              plan.isOpen() ? step + 1 : nextRest(),
              (batch, result, reads, activity) ->
                  commit(batch, result, reads, activity, plan, journal),
              stop);
      if (stop.getAsBoolean()) {
        return true;
      }
      if (due(settings.evaluationEvery())) {
        evaluate(journal);
      }
      if (due(settings.checkpointEvery())) {
        evaluate(journal);
        save(journal);
      }
    }
    return false;
  }

  /** The next step after which something is to be done at rest. */
  private long nextRest() {
    long rest = plannedSteps;
    for (long every : new long[] {settings.evaluationEvery(), settings.checkpointEvery()}) {
      if (every > 0) {
        rest = Math.min(rest, (step / every + 1) * every);
      }
    }
    return rest;
  }

  private void recover(TrainerFault fault, int restarts) {
    try {
      close();
    } catch (TrainerFault stuck) {
      fault.addSuppressed(stuck);
      throw notSurvived(fault);
    }
    if (fault.stepToRefuse() > 0) {
      refusedSteps.add(fault.stepToRefuse());
    }
    if (restarts > MOST_RESTARTS || !fault.isWorthARestart()) {
      throw notSurvived(fault);
    }
    Checkpoint newest = lastCheckpoint == null ? null : Checkpoint.open(lastCheckpoint);
    listener.note(
        "After step %d %s; the run goes on from %s."
            .formatted(
                step,
                fault.getMessage(),
                newest == null ? "its start" : newest.folder().toString()));
    open(newest);
  }

  private FaultException notSurvived(TrainerFault fault) {
    String saved =
        lastCheckpoint == null
            ? "there is no checkpoint yet"
            : "%s is complete, go on with --run %s --resume latest"
                .formatted(lastCheckpoint, folder.path());
    return new FaultException(
        "The run ended after step %d because %s; %s.".formatted(step, fault.getMessage(), saved),
        fault);
  }

  private void refuseAnother(Manifest manifest) {
    DecoderShape shape =
        TrainSettings.shape(
            configuration, data.tokenizer().vocabularySize(), data.domains().size());
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

  private List<MicroBatch> cut(List<EncodedDocument> documents, BatchSettings batchSettings) {
    return HeldOutBatches.of(
        documents,
        batchSettings.context(),
        batchSettings.rowsPerMicroBatch(),
        settings.evaluationTokens());
  }

  private void commit(
      Batch batch,
      StepResult result,
      SortedMap<Integer, Long> reads,
      Activity activity,
      TimedPlan plan,
      RunJournal journal) {
    long now = System.nanoTime();
    long took = now - lastCommitNanos;
    lastCommitNanos = now;
    trainingNanos += took;
    step = batch.step();
    tokens += result.tokens();
    if (!result.applied()) {
      refused.add(step);
    }
    losses.put(step, result.loss());
    tallies.put(step, result.domains());
    String batchId = settings.seed() + "-" + step;
    RunJournal.Committed committed =
        new RunJournal.Committed(
            batch,
            batchId,
            result,
            settings.rules().bound() > 0 ? named(reads) : Map.of(),
            activity,
            took / 1e9,
            tokens);
    listener.step(journal.step(committed), plannedSteps);
    plan.afterStep(step, took, now).ifPresent(this::planSteps);
  }

  private Map<String, Long> named(SortedMap<Integer, Long> reads) {
    Map<String, Long> named = new TreeMap<>();
    reads.forEach(
        (owner, asOf) ->
            named.put(open.trainer().model().decoder().owners().get(owner).name(), asOf));
    return named;
  }

  /** Held-out sums of the current weights, by domain name; measured once a step at most. */
  private Map<String, DomainTally> evaluate(RunJournal journal) {
    if (lastHeldOutStep == step) {
      return lastHeldOut;
    }
    Map<String, DomainTally> byDomain = new LinkedHashMap<>();
    for (int domain = 0; domain < heldOut.size(); domain++) {
      if (!heldOut.get(domain).isEmpty()) {
        byDomain.put(
            data.domains().get(domain), open.trainer().evaluate(heldOut.get(domain)).get(domain));
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
                    open.trainer().model(),
                    step,
                    tokens,
                    open.trainer().gradNorm(),
                    settings.seed(),
                    data.domains(),
                    VectorKernels.fingerprintHere(),
                    configuration.render(),
                    data.tokenizer().toJson(),
                    data.fingerprint(),
                    open.trainer().position(),
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
    plannedSteps = planned;
    open.trainer().follow(TrainSettings.of(configuration).learningRate());
    listener.note(
        "The time holds %d steps; the learning rate is planned over them.".formatted(planned));
  }

  private RunSummary summary(Map<String, DomainTally> firstHeldOut, boolean stopped) {
    Map<String, DomainTally> training = new LinkedHashMap<>();
    long tenth = Math.max(1, plannedSteps / 10);
    for (List<DomainTally> ofStep : tallies.tailMap(step - tenth, false).values()) {
      for (int domain = 0; domain < ofStep.size(); domain++) {
        if (ofStep.get(domain).tokens() > 0) {
          training.merge(data.domains().get(domain), ofStep.get(domain), DomainTally::plus);
        }
      }
    }
    double seconds = trainingNanos / 1e9;
    long trained =
        tallies.values().stream().flatMap(List::stream).mapToLong(DomainTally::tokens).sum();
    return new RunSummary(
        step,
        tokens,
        seconds,
        losses.isEmpty() ? Double.NaN : losses.lastEntry().getValue(),
        List.copyOf(losses.values()),
        training,
        firstHeldOut,
        lastHeldOutStep == step ? lastHeldOut : Map.of(),
        trained / Math.max(seconds, 1e-9),
        open.deviceMemory().usedBytes() + open.hostMemory().usedBytes(),
        refused.size(),
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
