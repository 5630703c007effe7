package jingwei.actors.progress;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts completed work on a node: kernel calls, parts of tensors that moved, tokenised documents,
 * reports of actors. While the count grows, the run does not hang, however long a step takes.
 * Thread-safe.
 */
public final class Progress {
  private final LongAdder done = new LongAdder();

  /** Counts one completed piece of work. */
  public void made() {
    done.increment();
  }

  public long count() {
    return done.sum();
  }
}
