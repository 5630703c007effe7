package jingwei.actors.evaluation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import jingwei.model.data.MicroBatch;
import jingwei.model.inference.Evaluator;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.OutOfBudgetException;

/**
 * Evaluates micro-batches on several threads, each with an evaluator of its own over the same
 * model. Losses are added up in the order of the micro-batches, so their sums do not depend on the
 * number of workers.
 */
public final class EvaluationWorkers implements AutoCloseable {
  /** Micro-batches per worker that may be computed before their losses are added up. */
  private static final int AHEAD = 4;

  private final ExecutorService threads;
  private final BlockingQueue<Evaluator> free;
  private final LossMeter meter;
  private final int ahead;

  /**
   * @param evaluators one for each worker
   */
  public EvaluationWorkers(List<Evaluator> evaluators, LossMeter meter) {
    this.meter = meter;
    ahead = AHEAD * evaluators.size();
    free = new ArrayBlockingQueue<>(evaluators.size(), false, evaluators);
    threads =
        Executors.newFixedThreadPool(
            evaluators.size(), Thread.ofPlatform().daemon().name("evaluation-", 0).factory());
  }

  /**
   * Losses by domain index.
   *
   * @param done receives the number of predicted tokens of each micro-batch, in the calling thread
   */
  public List<DomainLoss> evaluate(Iterable<MicroBatch> microBatches, LongConsumer done) {
    List<DomainLoss> sums = meter.none();
    Iterator<MicroBatch> rest = microBatches.iterator();
    Queue<Work> sent = new ArrayDeque<>();
    while (rest.hasNext() || !sent.isEmpty()) {
      while (rest.hasNext() && sent.size() < ahead) {
        MicroBatch next = rest.next();
        sent.add(new Work(next, threads.submit(() -> losses(next))));
      }
      Work first = sent.remove();
      sums = meter.plus(sums, first.microBatch, result(first.losses));
      done.accept(first.microBatch.numTargets());
    }
    return sums;
  }

  private double[] losses(MicroBatch microBatch) {
    // There are as many threads as evaluators, so one is free.
    Evaluator worker = free.remove();
    try {
      return Arrays.copyOf(worker.losses(microBatch), microBatch.numTokens());
    } finally {
      free.add(worker);
    }
  }

  private static double[] result(Future<double[]> losses) {
    try {
      return losses.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case OutOfBudgetException tooLittle -> throw tooLittle;
        default -> {}
      }
      throw new IllegalStateException("a worker could not evaluate a micro-batch", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while workers evaluated", e);
    }
  }

  /** Waits for the micro-batches that are being computed; their memory may be freed afterwards. */
  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
  }

  private record Work(MicroBatch microBatch, Future<double[]> losses) {}
}
