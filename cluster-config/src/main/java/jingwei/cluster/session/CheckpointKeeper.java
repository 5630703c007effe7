package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import jingwei.actors.train.Trainer;
import jingwei.cluster.settings.CheckpointSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.RunState;
import jingwei.model.checkpoint.TrainingState;
import jingwei.model.checkpoint.WritableCheckpointFolder.Keep;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepsBefore;

/** Evaluates a run on its held-out text and writes its checkpoints, each at most once per step. */
final class CheckpointKeeper {
  private final RunSettings settings;
  private final RunText text;
  private final RunFolder folder;
  private final RunListener listener;
  private final SetAside aside;
  private Map<String, DomainLoss> lastHeldOut = Map.of();
  private long lastHeldOutStep = -1;
  private Path last;
  private long lastStep = -1;
  private long branchStep;
  private boolean isLastEvaluated;
  private List<Long> lastRefused = List.of();

  CheckpointKeeper(RunSettings settings, RunText text, RunFolder folder, RunListener listener) {
    this.settings = settings;
    this.text = text;
    this.folder = folder;
    this.listener = listener;
    this.aside = new SetAside(folder);
  }

  /** Continues from a checkpoint, or from the start, and sets later steps aside. */
  void goOnFrom(Checkpoint from) {
    lastHeldOutStep = -1;
    lastStep = from == null ? -1 : from.manifest().step();
    isLastEvaluated = from != null && !from.manifest().run().evaluation().isEmpty();
    lastRefused = from == null ? List.of() : from.manifest().run().refusedSteps();
    last = from == null ? null : from.folder();
    branchStep = Math.max(0, lastStep);
    aside.after(branchStep, listener::note);
  }

  /** The newest checkpoint of the run. */
  Optional<Path> last() {
    return Optional.ofNullable(last);
  }

  /** Opens the newest undamaged checkpoint up to a step, and reports the damaged ones. */
  Optional<Checkpoint> newestGood(long upToStep) {
    return folder
        .checkpoints()
        .reading()
        .latestGood(upToStep, broken -> listener.note("skipped: the " + broken));
  }

  /** Evaluates the current weights: held-out losses by domain name, empty if stopped. */
  Map<String, DomainLoss> evaluate(long step, Trainer trainer, BooleanSupplier stop) {
    if (lastHeldOutStep == step) {
      return lastHeldOut;
    }
    Map<String, DomainLoss> byDomain = new LinkedHashMap<>();
    List<DocumentSource> heldOut = text.heldOut(trainer.position());
    for (int domain = 0; domain < heldOut.size(); domain++) {
      if (!heldOut.get(domain).isEmpty()) {
        Optional<List<DomainLoss>> losses =
            stop.getAsBoolean()
                ? Optional.empty()
                : trainer.evaluate(microBatches(heldOut.get(domain)), stop);
        if (losses.isEmpty()) {
          return Map.of();
        }
        byDomain.put(text.domains().get(domain), losses.get().get(domain));
      }
    }
    lastHeldOut = byDomain;
    lastHeldOutStep = step;
    listener.evaluated(step, byDomain);
    return byDomain;
  }

  /** The held-out losses at a step; empty if not evaluated. */
  Map<String, DomainLoss> heldOutAt(long step) {
    return lastHeldOutStep == step ? lastHeldOut : Map.of();
  }

  /**
   * Writes a checkpoint. The trainer must be paused.
   *
   * @param tokens input tokens of the run so far
   * @param configuration the configuration as text
   * @param refusedSteps all known refused steps; those after this step are saved
   */
  void save(
      long step,
      long tokens,
      Trainer trainer,
      String configuration,
      NavigableSet<Long> refusedSteps) {
    Map<String, Double> evaluation = new LinkedHashMap<>();
    heldOutAt(step).forEach((name, loss) -> evaluation.put(name, loss.loss()));
    List<Long> refused = List.copyOf(refusedSteps.tailSet(step, false));
    boolean hasNoNewEvaluation = isLastEvaluated || evaluation.isEmpty();
    if (lastStep == step && hasNoNewEvaluation && refused.equals(lastRefused)) {
      return;
    }
    StepsBefore before = trainer.before();
    last =
        folder
            .checkpoints()
            .write(
                new TrainingState(
                    trainer.states(),
                    text.tokenizer().toJson(),
                    new RunState(
                        new StepsBefore(
                            step,
                            before.applied(),
                            before.norm(),
                            before.history(),
                            Set.copyOf(refused)),
                        tokens,
                        settings.session().seed(),
                        OpenTrainer.kernels(settings),
                        configuration,
                        new RunState.Data(
                            text.domains(),
                            text.fingerprint(trainer.position()),
                            trainer.position()),
                        evaluation)),
                keep());
    lastStep = step;
    isLastEvaluated = !evaluation.isEmpty();
    lastRefused = refused;
    listener.saved(step, last);
    if (step > branchStep && !aside.isEmpty()) {
      try (Checkpoint saved = Checkpoint.open(last)) {
        saved.verify();
      }
      aside.delete(last, listener::note);
    }
  }

  private Keep keep() {
    SpikeRule spikes = settings.optimizer().rules().spikes();
    boolean rollsBack = spikes.action() == SpikeRule.Action.ROLLBACK;
    CheckpointSettings checkpoints = settings.checkpoint();
    return new Keep(
        checkpoints.keep(),
        rollsBack && checkpoints.every() > 0
            ? OptionalLong.of(checkpoints.every())
            : OptionalLong.empty());
  }

  private List<MicroBatch> microBatches(DocumentSource documents) {
    return HeldOutBatches.of(
        documents,
        settings.batch().context(),
        settings.batch().rowsPerMicroBatch(),
        settings.checkpoint().evaluationTokens());
  }
}
