package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import jingwei.actors.step.MicroBatchRef;

/**
 * The micro-batches of a stage that wait for experts. They leave in the order of their arrival,
 * even if experts finish in another order. Pure.
 */
final class AtExperts {
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  private record Waiting(MicroBatchRef microBatch, BitSet experts) {}

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

  /** Whether all experts of the first micro-batch are done. */
  boolean isFirstDone() {
    return !waiting.isEmpty() && waiting.peek().experts.isEmpty();
  }

  MicroBatchRef removeFirst() {
    return waiting.remove().microBatch;
  }
}
