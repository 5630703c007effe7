package jingwei.model.data;

/**
 * The numbers of a whole batch, which every device needs besides its own part.
 *
 * @param step number of the step, counted from 1; negative for an evaluation
 * @param microBatches number of micro-batches
 * @param replicas number of logical replicas; each has the same number of consecutive micro-batches
 * @param targets number of tokens with a target
 */
public record BatchTotals(long step, int microBatches, int replicas, int targets) {
  public BatchTotals {
    if (replicas < 1 || microBatches < 1 || microBatches % replicas != 0 || targets < 0) {
      throw new IllegalArgumentException(
          "microBatches=%d replicas=%d targets=%d".formatted(microBatches, replicas, targets));
    }
  }

  static BatchTotals of(Batch batch) {
    return new BatchTotals(
        batch.step(), batch.microBatches().size(), batch.replicas(), batch.numTargets());
  }

  /** True for a training step, false for an evaluation. */
  public boolean isTraining() {
    return step > 0;
  }

  /** The logical replica of a micro-batch. */
  public int replicaOf(int microBatch) {
    return microBatch / (microBatches / replicas);
  }
}
