package jingwei.actors.step;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.model.data.RoutedBatch;

/**
 * The batches in the lookahead window and in flight, by step: messages name a step and hold no
 * tokens. Thread-safe; a batch is not changed once it is here.
 */
public final class BatchTable {
  private final Map<Long, RoutedBatch> batches = new ConcurrentHashMap<>();

  public void put(long step, RoutedBatch batch) {
    batches.put(step, batch);
  }

  /**
   * @throws IllegalStateException if the step is not in the window
   */
  public RoutedBatch get(long step) {
    RoutedBatch batch = batches.get(step);
    if (batch == null) {
      throw new IllegalStateException(
          "no batch of step=%d in %s".formatted(step, batches.keySet()));
    }
    return batch;
  }

  /** Forgets a batch that is committed. */
  public void remove(long step) {
    batches.remove(step);
  }
}
