package jingwei.model.data;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Divides a batch among devices. */
public final class BatchParts {
  private BatchParts() {}

  /**
   * The parts of a batch, by position of the device. In a training step, each micro-batch goes to
   * the device of its replica. The micro-batches of an evaluation are dealt in consecutive runs; a
   * device that gets none has no part.
   *
   * @param positionOfReplica position of the device that computes a replica, counted from 0
   * @param numDevices number of devices, at most 63
   */
  public static SortedMap<Integer, BatchPart> of(
      Batch batch, IntUnaryOperator positionOfReplica, int numDevices) {
    if (numDevices < 1 || numDevices > ActiveExperts.MOST_DEVICES) {
      throw new IllegalArgumentException("numDevices=" + numDevices);
    }
    SortedMap<Integer, BatchPart> parts = new TreeMap<>();
    if (numDevices == 1) {
      parts.put(0, BatchPart.whole(batch));
      return parts;
    }
    int count = batch.microBatches().size();
    IntUnaryOperator positionOf =
        batch.isTraining()
            ? microBatch -> positionOfReplica.applyAsInt(batch.replicaOf(microBatch))
            : microBatch -> run(microBatch, count, numDevices);
    BatchTotals totals = BatchTotals.of(batch);
    ActiveExperts experts = ActiveExperts.of(batch, positionOf);
    for (int device = 0; device < numDevices; device++) {
      int position = device;
      int[] indices =
          IntStream.range(0, count).filter(m -> positionOf.applyAsInt(m) == position).toArray();
      if (indices.length > 0) {
        parts.put(
            position,
            new BatchPart(
                totals,
                indices,
                IntStream.of(indices).mapToObj(batch.microBatches()::get).toList(),
                batch.routes().only(indices),
                experts));
      }
    }
    return parts;
  }

  /** The run of a micro-batch; no run has two micro-batches more than another. */
  private static int run(int microBatch, int count, int runs) {
    int shorter = count / runs;
    int longer = count % runs; // runs with one more, at the beginning
    int inLonger = longer * (shorter + 1);
    return microBatch < inLonger
        ? microBatch / (shorter + 1)
        : longer + (microBatch - inLonger) / shorter;
  }
}
