package jingwei.model.data;

import java.util.List;

/**
 * What one step trains on.
 *
 * @param step counted from 1
 * @param microBatches in the order in which their gradients are added
 * @param replicas logical replicas that share the micro-batches; each has as many as the others, in
 *     order
 * @param documents ids of the documents it holds a part of, in order
 * @param epoch of the domain that is least far, counted from 0
 */
public record Batch(
    long step, List<MicroBatch> microBatches, int replicas, List<String> documents, int epoch) {
  public Batch {
    microBatches = List.copyOf(microBatches);
    documents = List.copyOf(documents);
    if (replicas < 1 || microBatches.size() % replicas != 0) {
      throw new IllegalArgumentException(
          "microBatches=%d replicas=%d".formatted(microBatches.size(), replicas));
    }
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
