package jingwei.actors.progress;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what gets done on a node: kernel calls that ended, parts of tensors that moved, documents
 * that were tokenised, reports of actors. As long as it grows, nothing hangs, however long a step
 * takes. Thread-safe.
 */
public final class Progress {
  private final LongAdder done = new LongAdder();

  /** One more thing is done. */
  public void made() {
    done.increment();
  }

  public long count() {
    return done.sum();
  }
}
