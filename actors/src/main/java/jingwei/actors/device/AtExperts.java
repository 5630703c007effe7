package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import jingwei.actors.step.MicroBatchRef;

/**
 * The micro-batches of a stage that wait for experts. They leave in the order in which they came,
 * in whichever order the experts finish. Pure.
 */
final class AtExperts {
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  private record Waiting(MicroBatchRef microBatch, BitSet experts) {}

  /**
   * @param experts how many are to report; 0 where the stage has none
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
   * @throws IllegalStateException if nobody waits for it
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

  /** Whether the first micro-batch has all its experts. */
  boolean isFirstDone() {
    return !waiting.isEmpty() && waiting.peek().experts.isEmpty();
  }

  MicroBatchRef removeFirst() {
    return waiting.remove().microBatch;
  }
}
