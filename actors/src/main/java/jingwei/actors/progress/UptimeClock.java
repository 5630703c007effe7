package jingwei.actors.progress;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Time in which the process ran, for a thread that looks at it again and again. When a look comes
 * late, the process was stopped in between (SIGSTOP, a paused container, a machine that slept), and
 * most of that time does not count.
 */
public final class UptimeClock implements LongSupplier {
  private final LongSupplier nanoTime;
  private final long mostBetweenNanos;
  private long lastNanos;
  private long ranNanos;

  /**
   * @param mostBetween the most that counts between two looks; its thread looks at least twice as
   *     often
   */
  public UptimeClock(LongSupplier nanoTime, Duration mostBetween) {
    this.nanoTime = nanoTime;
    this.mostBetweenNanos = mostBetween.toNanos();
    this.lastNanos = nanoTime.getAsLong();
  }

  /** Nanoseconds since the first look, without those in which the process was stopped. */
  @Override
  public long getAsLong() {
    long now = nanoTime.getAsLong();
    ranNanos += Math.min(now - lastNanos, mostBetweenNanos);
    lastNanos = now;
    return ranNanos;
  }
}
