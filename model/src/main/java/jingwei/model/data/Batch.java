package jingwei.model.data;

import java.util.List;
import jingwei.model.routing.RouteTable;

/**
 * What one step trains on, or what an evaluation computes losses of.
 *
 * @param step counted from 1; below zero for an evaluation
 * @param microBatches in the order in which their gradients are added
 * @param replicas logical replicas that share the micro-batches; each has as many as the others, in
 *     order
 * @param routes where its tokens go
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
   * The batch of a step.
   *
   * @param tables one for each RRE layer
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
   * @param id below zero
   * @param tables one for each RRE layer
   */
  public static Batch ofEvaluation(
      long id, List<MicroBatch> microBatches, List<RouteTable> tables) {
    return ofStep(id, microBatches, 1, tables, BatchOrigin.NONE);
  }

  /** Whether it is the batch of a step. */
  public boolean isTraining() {
    return step > 0;
  }

  /** Ids of the documents it holds a part of, in order. */
  public List<String> documents() {
    return origin.documents();
  }

  /** Epoch of the domain that is least far, counted from 0. */
  public int epoch() {
    return origin.epoch();
  }

  /** Where the data goes on after it. */
  public DataPosition after() {
    return origin.after();
  }

  /** Micro-batches of one logical replica. */
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
