package jingwei.model.data;

import java.util.List;

/**
 * What one step trains on.
 *
 * @param step counted from 1
 * @param microBatches in the order in which their gradients are added
 * @param documents ids of the documents it holds a part of, in order
 * @param epoch of the domain that is least far, counted from 0
 */
public record Batch(long step, List<MicroBatch> microBatches, List<String> documents, int epoch) {
  public Batch {
    microBatches = List.copyOf(microBatches);
    documents = List.copyOf(documents);
  }

  public int numTargets() {
    return microBatches.stream().mapToInt(MicroBatch::numTargets).sum();
  }

  public int numTokens() {
    return microBatches.stream().mapToInt(MicroBatch::numTokens).sum();
  }
}
