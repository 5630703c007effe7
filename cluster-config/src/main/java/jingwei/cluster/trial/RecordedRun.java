package jingwei.cluster.trial;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.cluster.chaos.CommittedStep;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.session.RunListener;
import jingwei.model.data.Batch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.step.StepResult;

/** Writes the {@code epochs.jsonl} of a run in this process, and passes its events on. */
final class RecordedRun implements RunListener, AutoCloseable {
  private static final String LEADER = "this process";

  private final Path file;
  private final long seed;
  private final RunListener listener;
  private EpochLog log;
  private long epoch;
  private long step;

  RecordedRun(Path file, long seed, RunListener listener) {
    this.file = file;
    this.seed = seed;
    this.listener = listener;
  }

  @Override
  public void note(String sentence) {
    listener.note(sentence);
  }

  @Override
  public void started(long from) {
    if (log == null) {
      log = new EpochLog(file);
    }
    epoch++;
    step = from;
    log.append(new EpochLine.Begin(epoch, LEADER, from, List.of(), now()));
    listener.started(from);
  }

  @Override
  public void committed(Batch batch, StepResult result) {
    step = result.step();
    log.append(CommittedStep.line(epoch, seed, batch, result, now()));
    listener.committed(batch, result);
  }

  @Override
  public void step(StepMetrics metrics, long plannedSteps) {
    listener.step(metrics, plannedSteps);
  }

  @Override
  public void evaluated(long at, Map<String, DomainLoss> heldOut) {
    listener.evaluated(at, heldOut);
  }

  @Override
  public void saved(long at, Path checkpoint) {
    log.append(new EpochLine.Checkpoint(epoch, at, checkpoint.getFileName().toString(), now()));
    listener.saved(at, checkpoint);
  }

  @Override
  public void fault(long at, String reason) {
    log.append(new EpochLine.Fault(epoch, reason, now()));
    listener.fault(at, reason);
  }

  /** The run has reached its last step. */
  void ended() {
    log.append(new EpochLine.End(epoch, step, now()));
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }

  private static long now() {
    return System.currentTimeMillis();
  }
}
