package jingwei.model.data;

import java.util.List;
import jingwei.model.routing.RouteTable;

/**
 * The data of one training step, or of one evaluation.
 *
 * @param step number of the step, counted from 1; negative for an evaluation
 * @param microBatches in the order in which their gradients are added
 * @param replicas number of logical replicas; each has the same number of consecutive micro-batches
 * @param routes routes of its tokens
 * @param origin the text that it was packed from
 */
public record Batch(
    long step,
    List<MicroBatch> microBatches,
    int replicas,
    BatchRoutes routes,
    BatchOrigin origin) {
  public Batch {
    microBatches = List.copyOf(microBatches);
    if (replicas < 1 || microBatches.size() % replicas != 0) {
      throw new IllegalArgumentException(
          "microBatches=%d replicas=%d".formatted(microBatches.size(), replicas));
    }
  }

  /**
   * The batch of a training step.
   *
   * @param tables one route table per RRE layer
   */
  public static Batch ofStep(
      long step,
      List<MicroBatch> microBatches,
      int replicas,
      List<RouteTable> tables,
      BatchOrigin origin) {
    return new Batch(step, microBatches, replicas, BatchRoutes.of(microBatches, tables), origin);
  }

  /**
   * The batch of an evaluation.
   *
   * @param id a negative number
   * @param tables one route table per RRE layer
   */
  public static Batch ofEvaluation(
      long id, List<MicroBatch> microBatches, List<RouteTable> tables) {
    return ofStep(id, microBatches, 1, tables, BatchOrigin.NONE);
  }

  /** True for a training step, false for an evaluation. */
  public boolean isTraining() {
    return step > 0;
  }

  /** Ids of the documents in the batch, whole or in part, in order. */
  public List<String> documents() {
    return origin.documents();
  }

  /** Epoch of the domain with the least progress, counted from 0. */
  public int epoch() {
    return origin.epoch();
  }

  /** The data position after the batch. */
  public DataPosition after() {
    return origin.after();
  }

  /** Number of micro-batches of one logical replica. */
  public int microBatchesPerReplica() {
    return microBatches.size() / replicas;
  }

  /** The logical replica of a micro-batch. */
  public int replicaOf(int microBatch) {
    return microBatch / microBatchesPerReplica();
  }

  public int numTargets() {
    return microBatches.stream().mapToInt(MicroBatch::numTargets).sum();
  }

  public int numTokens() {
    return microBatches.stream().mapToInt(MicroBatch::numTokens).sum();
  }
}
