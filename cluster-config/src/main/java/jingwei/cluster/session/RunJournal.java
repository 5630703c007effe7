package jingwei.cluster.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.train.Activity;
import jingwei.model.data.Batch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.Reached;
import jingwei.model.metrics.StepLog;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.metrics.TensorBoardWriter;
import jingwei.model.step.StepResult;

/** Logs a run: metrics and ledger as JSON lines, scalars for TensorBoard. */
final class RunJournal implements AutoCloseable {
  private final long seed;
  private final List<String> domains;
  private final StepLog log;
  private final TensorBoardWriter events;
  private Activity lastActivity = Activity.NONE;

  /**
   * Appends to the files of a folder.
   *
   * @param seed seed of the run, part of the ids of batches
   */
  RunJournal(RunFolder folder, long seed, List<String> domains) {
    this.seed = seed;
    this.domains = domains;
    log = new StepLog(folder.metrics(), folder.ledger(), folder.spikes());
    events = new TensorBoardWriter(folder.events(), wallSeconds());
  }

  /**
   * The data to log for a committed step.
   *
   * @param reads version that each owner read, if reads may be stale; else empty
   * @param activity activity of the trainer since the start
   * @param seconds time since the previous step was committed
   * @param tokens input tokens of the run so far
   * @param documents documents read completely so far
   */
  record Committed(
      Batch batch,
      StepResult result,
      Map<String, Long> reads,
      Activity activity,
      double seconds,
      long tokens,
      long documents) {}

  /** Writes the lines of a step. The ledger lists only applied steps. */
  StepMetrics step(Committed committed) {
    StepMetrics metrics = metrics(committed);
    Batch batch = committed.batch;
    StepResult result = committed.result;
    log.metrics(metrics);
    if (result.isApplied()) {
      log.ledger(
          batch.step(),
          seed + "-" + batch.step(),
          batch.documents(),
          result.expertVersions(),
          committed.reads);
    }
    if (result.verdict().isBad() || !result.isApplied()) {
      log.spike(result, batch.documents());
    }
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/loss", metrics.loss());
    metrics
        .losses()
        .domains()
        .forEach((name, domain) -> scalars.put("train/bitsPerByte/" + name, domain.bitsPerByte()));
    scalars.put("train/lr", metrics.update().learningRate());
    scalars.put("train/gradNorm", metrics.update().gradNorm());
    scalars.put("train/tokensPerSecond", metrics.work().tokensPerSecond());
    scalars.put("actors/laneUse", metrics.work().actors().laneUse());
    scalars.put("actors/stallMillis", metrics.work().ecss().stallMillis());
    events.scalars(wallSeconds(), batch.step(), scalars);
    return metrics;
  }

  /** Excludes earlier activity of the actors, such as evaluations, from the next step. */
  void begin(Activity activity) {
    lastActivity = activity;
  }

  void heldOut(long step, Map<String, DomainLoss> losses) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    losses.forEach((name, loss) -> scalars.put("heldOut/bitsPerByte/" + name, loss.bitsPerByte()));
    events.scalars(wallSeconds(), step, scalars);
  }

  /** Forces all lines to disk, so that no checkpoint is ahead of them. */
  void force() {
    log.force();
  }

  @Override
  public void close() {
    log.force();
    log.close();
    events.close();
  }

  private StepMetrics metrics(Committed committed) {
    Batch batch = committed.batch;
    StepResult result = committed.result;
    EcssCounters ecss = committed.activity.ecss().since(lastActivity.ecss());
    double workerSeconds =
        (committed.activity.workerBusyNanos() - lastActivity.workerBusyNanos()) / 1e9;
    lastActivity = committed.activity;
    Map<String, StepMetrics.Domain> byDomain = new LinkedHashMap<>();
    DomainLoss all = DomainLoss.EMPTY;
    for (int domain = 0; domain < result.domains().size(); domain++) {
      DomainLoss loss = result.domains().get(domain);
      all = all.plus(loss);
      if (loss.tokens() > 0) {
        byDomain.put(
            domains.get(domain),
            new StepMetrics.Domain(loss.loss(), loss.bitsPerByte(), loss.tokens()));
      }
    }
    Runtime runtime = Runtime.getRuntime();
    return new StepMetrics(
        new Reached(batch.step(), committed.tokens, committed.documents, batch.epoch()),
        new StepMetrics.Losses(result.loss(), all.bitsPerByte(), byDomain),
        new StepMetrics.Update(
            result.learningRate(), result.gradNorm(), result.isApplied(), result.stalenessMax()),
        new StepMetrics.Work(
            result.tokens() / committed.seconds,
            result.activeExperts(),
            new StepMetrics.Ecss(
                ecss.residencies().hits(),
                ecss.residencies().misses(),
                ecss.residencies().versionWaits(),
                ecss.residencies().refetches(),
                ecss.stallMillis(),
                ecss.bytes().toDevice(),
                ecss.bytes().toHost()),
            new StepMetrics.Actors(
                workerSeconds / committed.seconds / committed.activity.workers(),
                committed.activity.mostWaiting(),
                ecss.bytes().mostInFlight()),
            new StepMetrics.Memory(
                committed.activity.memory().deviceBytes(),
                committed.activity.memory().hostBytes(),
                runtime.totalMemory() - runtime.freeMemory(),
                MachineMemory.bufferBytes())));
  }

  private static double wallSeconds() {
    return System.currentTimeMillis() / 1e3;
  }
}
