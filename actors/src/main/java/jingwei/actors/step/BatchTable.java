package jingwei.actors.step;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.model.data.Batch;

/**
 * The coordinator's batches in the lookahead window and in flight, by step; devices have their own
 * parts ({@code Device}). Thread-safe; a batch never changes once it is in the table.
 */
public final class BatchTable {
  private final Map<Long, Batch> batches = new ConcurrentHashMap<>();

  /** Adds the batch of a step, or of an evaluation. */
  public void put(Batch batch) {
    batches.put(batch.step(), batch);
  }

  /**
   * @throws IllegalStateException if the step is not in the window
   */
  public Batch get(long step) {
    return present(step, batches.get(step));
  }

  /**
   * Removes the batch of a committed step and returns it.
   *
   * @throws IllegalStateException if the step is not in the window
   */
  public Batch remove(long step) {
    return present(step, batches.remove(step));
  }

  public boolean isEmpty() {
    return batches.isEmpty();
  }

  private Batch present(long step, Batch batch) {
    if (batch == null) {
      throw new IllegalStateException(
          "no batch of step=%d in %s".formatted(step, batches.keySet()));
    }
    return batch;
  }
}
