package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import jingwei.actors.step.MicroBatchRef;
import jingwei.model.step.SumOrder;

/**
 * The micro-batches of a stage that wait for experts. In the fixed order they leave in the order in
 * which they came, even if experts finish in another one; otherwise each leaves when it is done.
 * Pure.
 */
final class AtExperts {
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final SumOrder order;

  private record Waiting(MicroBatchRef microBatch, BitSet experts) {}

  AtExperts(SumOrder order) {
    this.order = order;
  }

  /**
   * @param experts number of experts that will report; 0 if the stage has none
   */
  void add(MicroBatchRef microBatch, int experts) {
    BitSet all = new BitSet(experts);
    all.set(0, experts);
    waiting.add(new Waiting(microBatch, all));
  }

  /**
   * An expert is done.
   *
   * @param place of the expert among those of the micro-batch
   * @throws IllegalStateException if no micro-batch waits for it
   */
  void done(MicroBatchRef microBatch, int place) {
    for (Waiting each : waiting) {
      if (each.microBatch.equals(microBatch) && each.experts.get(place)) {
        each.experts.clear(place);
        return;
      }
    }
    throw new IllegalStateException(
        "expert %d reported %s, which does not wait for it".formatted(place, microBatch));
  }

  /** Whether a micro-batch may leave. */
  boolean isNextDone() {
    return next() != null;
  }

  /** The next micro-batch that leaves. */
  MicroBatchRef removeNext() {
    Waiting next = next();
    waiting.remove(next);
    return next.microBatch;
  }

  /** Null if all have to wait. */
  private Waiting next() {
    for (Waiting each : waiting) {
      if (each.experts.isEmpty()) {
        return each;
      }
      if (order == SumOrder.FIXED) {
        return null;
      }
    }
    return null;
  }
}
