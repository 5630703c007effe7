package jingwei.cluster.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.data.Batch;
import jingwei.model.memory.NativeMemory;
import jingwei.model.metrics.StepLog;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.metrics.TensorBoardWriter;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.StepResult;

/** Writes down what a run does: metrics and ledger as JSON lines, scalars for TensorBoard. */
final class RunJournal implements AutoCloseable {
  private final List<String> domains;
  private final NativeMemory hostMemory;
  private final NativeMemory deviceMemory;
  private final StepLog log;
  private final TensorBoardWriter events;

  /**
   * Goes on in the files of a folder; lines of later steps, which the run goes through again, are
   * dropped.
   *
   * @param step the last step that stays
   */
  RunJournal(
      RunFolder folder,
      List<String> domains,
      long step,
      NativeMemory hostMemory,
      NativeMemory deviceMemory) {
    this.domains = domains;
    this.hostMemory = hostMemory;
    this.deviceMemory = deviceMemory;
    StepLog.truncateAfter(folder.metrics(), step);
    StepLog.truncateAfter(folder.ledger(), step);
    log = new StepLog(folder.metrics(), folder.ledger());
    events = new TensorBoardWriter(folder.events(), wallSeconds());
  }

  /**
   * Writes the lines of a step; only one that was applied is in the ledger.
   *
   * @param batchId names the batch
   * @param tokens of the run so far
   */
  StepMetrics step(Batch batch, String batchId, StepResult result, double seconds, long tokens) {
    StepMetrics metrics = metrics(batch, result, seconds, tokens);
    log.metrics(metrics);
    if (result.applied()) {
      log.ledger(batch.step(), batchId, batch.documents(), result.expertVersions());
    }
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/loss", metrics.loss());
    metrics
        .domains()
        .forEach((name, domain) -> scalars.put("train/bitsPerByte/" + name, domain.bitsPerByte()));
    scalars.put("train/lr", metrics.learningRate());
    scalars.put("train/gradNorm", metrics.gradNorm());
    scalars.put("train/tokensPerSecond", metrics.tokensPerSecond());
    events.scalars(wallSeconds(), batch.step(), scalars);
    return metrics;
  }

  void heldOut(long step, Map<String, DomainTally> tallies) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    tallies.forEach(
        (name, tally) -> scalars.put("heldOut/bitsPerByte/" + name, tally.bitsPerByte()));
    events.scalars(wallSeconds(), step, scalars);
  }

  /** Brings all lines to disk, so that a checkpoint is never ahead of them. */
  void force() {
    log.force();
  }

  @Override
  public void close() {
    log.close();
    events.close();
  }

  private StepMetrics metrics(Batch batch, StepResult result, double seconds, long tokens) {
    Map<String, StepMetrics.Domain> byDomain = new LinkedHashMap<>();
    DomainTally all = DomainTally.EMPTY;
    for (int domain = 0; domain < result.domains().size(); domain++) {
      DomainTally tally = result.domains().get(domain);
      all = all.plus(tally);
      if (tally.tokens() > 0) {
        byDomain.put(
            domains.get(domain),
            new StepMetrics.Domain(tally.loss(), tally.bitsPerByte(), tally.tokens()));
      }
    }
    Runtime runtime = Runtime.getRuntime();
    return new StepMetrics(
        batch.step(),
        tokens,
        result.loss(),
        all.bitsPerByte(),
        byDomain,
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
  }

  private static double wallSeconds() {
    return System.currentTimeMillis() / 1e3;
  }
}
