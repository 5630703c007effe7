package jingwei.cluster.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.Activity;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.train.TrainerFault;
import jingwei.cluster.settings.RunConfiguration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.UnreadableCheckpointException;
import jingwei.model.data.Batch;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.IoReason;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.Reached;
import jingwei.model.step.StepResult;

/**
 * Trains from a configuration to a checkpoint. After a fault of any actor, the run returns to its
 * newest checkpoint, repeats the same batches, and reaches the same weights.
 */
public final class TrainingRun implements AutoCloseable {
  /** Restarts without progress after which a fault counts as permanent. */
  private static final int MOST_RESTARTS = 3;

  private final RunSettings settings;
  private final RunText text;
  private final RunFolder folder;
  private final RunListener listener;
  private final FaultPlan faults;
  private final RunPlace place;
  private final NodeLauncher nodes;
  private final CheckpointKeeper keeper;
  private final Divergence divergence;
  private final RowArrivals arrivals;
  private final RunTotals totals = new RunTotals();
  private final RefusedSteps refused;
  private RunConfiguration configuration;
  private OpenTrainer open;
  private long plannedSteps;
  private long step;
  private long tokens;
  private long lastCommitNanos;

  /**
   * Allocates the memory, and initializes the model or loads it.
   *
   * @param resumeFrom a checkpoint of the same run, which is closed here; null for a new run
   * @param place where the run takes place
   */
  TrainingRun(
      RunConfiguration configuration,
      RunText text,
      RunFolder folder,
      Checkpoint resumeFrom,
      RunListener listener,
      FaultPlan faults,
      RunPlace place) {
    this.configuration = configuration;
    this.settings = configuration.settings();
    this.text = text;
    this.folder = folder;
    this.listener = listener;
    this.faults = faults;
    this.place = place;
    this.nodes = place.nodes(configuration.settings().session());
    this.plannedSteps = settings.optimizer().steps();
    this.divergence =
        new Divergence(settings.optimizer().rules().spikes(), text.tokenizer().vocabularySize());
    this.arrivals = new RowArrivals(text.live(), settings.data().deadline(), listener);
    refused = new RefusedSteps(settings.checkpoint().every());
    keeper = new CheckpointKeeper(settings, text, folder, listener);
    try {
      open(resumeFrom);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Runs to the last step or until stopped; both end with a checkpoint.
   *
   * @param stop polled after every step
   * @throws FaultException if a fault ended the run, or the run diverges
   */
  public RunSummary run(BooleanSupplier stop) {
    try {
      return runAndRecover(stop);
    } catch (UncheckedIOException disk) {
      throw notSurvived(
          "its folder %s cannot be written (%s)"
              .formatted(folder.path(), IoReason.withFile(disk.getCause())),
          disk);
    } catch (CheckpointException disk) {
      throw notSurvived("the " + disk.getMessage().replaceFirst("\\.$", ""), disk);
    } catch (UnreadableCheckpointException disk) {
      throw notSurvived(disk.getMessage().replaceFirst("\\.$", ""), disk);
    }
  }

  private RunSummary runAndRecover(BooleanSupplier stop) {
    TimedPlan plan = new TimedPlan(settings.session().minutes(), System.nanoTime());
    if (!plan.isOpen() && step >= plannedSteps) {
      listener.note(
          "nothing to do: the run has %d steps already; give --steps above that to continue"
              .formatted(step));
    } else {
      writeConfiguration();
    }
    Map<String, DomainLoss> firstHeldOut = Map.of();
    Restarts restarts = new Restarts(MOST_RESTARTS);
    while (true) {
      try (RunJournal journal = new RunJournal(folder, settings.session().seed(), text.domains())) {
        Map<String, DomainLoss> before = evaluate(journal, stop);
        firstHeldOut = firstHeldOut.isEmpty() ? before : firstHeldOut;
        boolean stopped = train(plan, journal, stop);
        // A stopped run skips the evaluation.
        if (!stopped) {
          evaluate(journal, stop);
        }
        save(journal);
        text.stopRows();
        arrivals.sayKept(folder);
        Optional<String> failure = stop.getAsBoolean() ? Optional.empty() : arrivals.failure();
        if (failure.isPresent()) {
          throw notSurvived(failure.get(), null);
        }
        return summary(firstHeldOut, stopped);
      } catch (TrainerFault fault) {
        recover(fault, restarts);
      }
    }
  }

  @Override
  public void close() {
    if (open != null) {
      OpenTrainer closing = open;
      open = null; // do not wait twice if its actors do not end
      closing.close();
    }
  }

  /** Starts from a checkpoint, or anew. Forgets everything about later steps. */
  private void open(Checkpoint from) {
    if (from != null) {
      refused.addAll(from.manifest().run().refusedSteps());
    }
    try (Checkpoint closing = from) {
      open =
          OpenTrainer.of(configuration.settings(), text, closing, refused.steps(), faults, nodes);
    }
    place.requireLead();
    step = open.step();
    tokens = open.tokens();
    totals.goBackTo(step);
    keeper.goOnFrom(from);
    listener.started(step);
    String here = OpenTrainer.kernels(settings);
    if (from != null && !from.manifest().run().kernels().equals(here)) {
      listener.note(
          "The checkpoint was computed by other kernels (%s; here %s): losses will differ in their last digits."
              .formatted(from.manifest().run().kernels(), here));
    }
  }

  private boolean train(TimedPlan plan, RunJournal journal, BooleanSupplier stop) {
    if (stop.getAsBoolean()) {
      return true;
    }
    boolean[] isOutdated = {false}; // once noticed, it counts, whatever the nodes do afterwards
    while (plan.isOpen() || step < plannedSteps) {
      if (isOutdated[0] || nodes.isOutdated()) {
        isOutdated[0] = false;
        changeNodes(journal);
      }
      lastCommitNanos = System.nanoTime();
      journal.begin(open.trainer().activity());
      long until = plan.isOpen() ? step + 1 : settings.checkpoint().nextPause(step, plannedSteps);
      open.trainer()
          .run(
              until,
              (batch, result, reads, activity) ->
                  commit(batch, result, reads, activity, plan, journal),
              () -> {
                isOutdated[0] |= nodes.isOutdated();
                return isOutdated[0] || stop.getAsBoolean() || mustEnd();
              });
      if (stop.getAsBoolean() || arrivals.hasFailed()) {
        return true;
      }
      if (step < until && !isOutdated[0]) {
        arrivals.sayEnd(step, plannedSteps);
        return false;
      }
      if (settings.checkpoint().isEvaluationDue(step)) {
        evaluate(journal, stop);
      }
      if (settings.checkpoint().isDue(step)) {
        evaluate(journal, stop);
        save(journal);
      }
      if (stop.getAsBoolean()) {
        return true;
      }
    }
    return false;
  }

  private boolean mustEnd() {
    return arrivals.mustEnd(step + 1, open.trainer().waitsForBatch());
  }

  /** Other nodes take over, at a step boundary, from a checkpoint. */
  private void changeNodes(RunJournal journal) {
    save(journal);
    close();
    open(keeper.newestGood(step).orElseThrow());
  }

  /** Ends the trainer and starts another one; a fault while that starts is one more to recover. */
  private void recover(TrainerFault first, Restarts restarts) {
    report(first);
    end(first);
    long goesBackTo = first.badStep().map(refused::refuse).orElse(step);
    TrainerFault fault = first;
    while (fault != null) {
      if (!fault.isWorthARestart() || !mayRestartAfter(fault, restarts)) {
        throw notSurvived(fault.getMessage(), fault);
      }
      fault = startAfter(fault, goesBackTo);
      if (fault != null) {
        report(fault);
      }
    }
  }

  /** Neither a refused step nor a lost node counts as a repeated fault. */
  private boolean mayRestartAfter(TrainerFault fault, Restarts restarts) {
    return fault.badStep().isPresent() || fault.isOfNodes() || restarts.mayRestartAfter(step);
  }

  private void report(TrainerFault fault) {
    place.requireLead();
    listener.fault(step, fault.getMessage());
  }

  private void end(TrainerFault fault) {
    if (open != null && fault.leftWeightsAsCommitted()) {
      // Save the steps committed since the last checkpoint, in case the run ends here.
      try {
        place.requireLead();
        keeper.save(step, tokens, open.trainer(), configuration.text(), refused.steps());
      } catch (TrainerFault unreachable) { // an owner cannot send its state
        fault.addSuppressed(unreachable);
      }
    }
    try {
      close();
    } catch (TrainerFault stuck) {
      fault.addSuppressed(stuck);
      throw notSurvived(fault.getMessage(), fault);
    }
  }

  /**
   * Starts from the newest checkpoint up to a step.
   *
   * @return the fault that ended the start; null if it succeeded
   */
  private TrainerFault startAfter(TrainerFault fault, long upToStep) {
    Checkpoint newest = keeper.newestGood(upToStep).orElse(null);
    listener.note(
        "After step %d %s; the run continues from %s."
            .formatted(
                step,
                fault.getMessage(),
                newest == null ? "its start" : newest.folder().toString()));
    try {
      open(newest);
      return null;
    } catch (TrainerFault next) {
      return next;
    }
  }

  private FaultException notSurvived(String reason, Exception cause) {
    String saved =
        keeper
            .last()
            .map(Path::toString)
            .map(last -> "%s is complete, %s".formatted(last, place.howToGoOn(folder.path())))
            .orElse("there is no checkpoint yet");
    return new FaultException(
        "The run ended after step %d because %s; %s.".formatted(step, reason, saved), cause);
  }

  private void commit(
      Batch batch,
      StepResult result,
      SortedMap<Integer, Long> reads,
      Activity activity,
      TimedPlan plan,
      RunJournal journal) {
    place.requireLead();
    long now = System.nanoTime();
    long took = now - lastCommitNanos;
    lastCommitNanos = now;
    step = batch.step();
    tokens += result.tokens();
    totals.add(result, took);
    RunJournal.Committed committed =
        new RunJournal.Committed(
            batch,
            result,
            settings.optimizer().rules().bound() > 0 ? named(reads) : Map.of(),
            activity,
            took / 1e9,
            tokens,
            text.documentsSeen(open.trainer().position()));
    listener.committed(batch, result);
    listener.step(journal.step(committed), plannedSteps);
    plan.afterStep(step, took, now).ifPresent(this::planSteps);
    Optional<String> diverges =
        divergence.reason(totals.badInARow(), open.trainer().before().history());
    if (diverges.isPresent()) {
      throw notSurvived(
          diverges.get() + ": it can only diverge, try a lower learningRate.peak", null);
    }
  }

  private Map<String, Long> named(SortedMap<Integer, Long> reads) {
    Map<String, Long> named = new TreeMap<>();
    reads.forEach(
        (owner, asOf) ->
            named.put(open.trainer().states().decoder().owners().get(owner).name(), asOf));
    return named;
  }

  private Map<String, DomainLoss> evaluate(RunJournal journal, BooleanSupplier stop) {
    boolean isNew = keeper.heldOutAt(step).isEmpty();
    Map<String, DomainLoss> byDomain = keeper.evaluate(step, open.trainer(), stop);
    if (isNew && !byDomain.isEmpty()) {
      place.requireLead();
      journal.heldOut(step, byDomain);
    }
    return byDomain;
  }

  private void save(RunJournal journal) {
    place.requireLead();
    journal.force();
    keeper.save(step, tokens, open.trainer(), configuration.text(), refused.steps());
  }

  /** Writes the planned steps into the configuration, so a resumed run keeps them. */
  private void planSteps(long planned) {
    configuration = configuration.withSteps(planned);
    writeConfiguration();
    plannedSteps = planned;
    open.trainer().follow(configuration.settings().optimizer().learningRate());
    listener.note(
        "The run has time for %d steps; the learning rate is planned over them."
            .formatted(planned));
  }

  private RunSummary summary(Map<String, DomainLoss> firstHeldOut, boolean stopped) {
    return new RunSummary(
        new Reached(
            step,
            tokens,
            text.documentsSeen(open.trainer().position()),
            text.epoch(open.trainer().position())),
        new RunSummary.Losses(
            totals.lastLoss(),
            totals.losses(),
            totals.recent(text.domains()),
            firstHeldOut,
            keeper.heldOutAt(step)),
        new RunSummary.Cost(
            totals.seconds(), totals.tokensPerSecond(), open.trainer().activity().memory().bytes()),
        new RunSummary.Ending(stopped, totals.isEmpty(), totals.refusedSteps()),
        keeper.last().orElseThrow(),
        folder.path());
  }

  private void writeConfiguration() {
    place.requireLead();
    try {
      DurableFile.replace(folder.configuration(), configuration.text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
