package jingwei.actors.device;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import jingwei.actors.step.MicroBatchRef;
import jingwei.model.data.BatchPart;

/** The micro-batches of one open step on a device: which are admitted, and which have passed. */
final class OpenPart {
  private final BatchPart part;

  /** Stages that use the activations of a micro-batch and report when they have finished. */
  private final BitSet users = new BitSet();

  /** By index in the batch, the stages that are done with an admitted micro-batch. */
  private final Map<Integer, BitSet> passed = new HashMap<>();

  private int admitted;
  private int over;

  OpenPart(BatchPart part, int stages) {
    this.part = part;
    users.set(0, part.isTraining() ? stages : 1); // the first stage has the head
  }

  long step() {
    return part.step();
  }

  /** Whether some micro-batch is not admitted yet. */
  boolean hasNext() {
    return admitted < part.microBatches().size();
  }

  /** Admits the next micro-batch into these activation buffers. */
  MicroBatchRef next(int buffers) {
    int index = part.indices()[admitted++];
    passed.put(index, new BitSet());
    return new MicroBatchRef(part.step(), index, part.replicaOf(index), buffers);
  }

  /**
   * A stage is done with a micro-batch; returns whether all are.
   *
   * @throws IllegalStateException if the report is a repetition or cannot come
   */
  boolean passed(MicroBatchRef microBatch, int stage) {
    BitSet done = passed.get(microBatch.index());
    boolean isPossible = done != null && users.get(stage);
    if (!isPossible || done.get(stage)) {
      throw new IllegalStateException(
          "stage %d has passed %s, %s"
              .formatted(
                  stage,
                  microBatch,
                  isPossible ? "which it had passed before" : "which is not on its way there"));
    }
    done.set(stage);
    boolean isDone = done.cardinality() == users.cardinality();
    over += isDone ? 1 : 0;
    return isDone;
  }

  /** The highest stage that is not done with the first micro-batch on its way. */
  OptionalInt whereTheFirstIs() {
    for (int index : part.indices()) {
      BitSet done = passed.get(index);
      if (done != null && done.cardinality() < users.cardinality()) {
        BitSet left = (BitSet) users.clone();
        left.andNot(done);
        return OptionalInt.of(left.length() - 1);
      }
    }
    return OptionalInt.empty();
  }

  /** Whether all micro-batches have passed all stages. */
  boolean isOver() {
    return over == part.microBatches().size();
  }
}
