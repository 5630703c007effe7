package jingwei.actors.progress;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Time while the process ran, for a thread that reads it often. A late reading means that the
 * process was stopped (SIGSTOP, a paused container, a machine that slept); most of that time does
 * not count.
 */
public final class UptimeClock implements LongSupplier {
  private final LongSupplier nanoTime;
  private final long mostBetweenNanos;
  private long lastNanos;
  private long ranNanos;

  /**
   * @param mostBetween longest time that counts between two readings; the thread reads at least
   *     twice as often
   */
  public UptimeClock(LongSupplier nanoTime, Duration mostBetween) {
    this.nanoTime = nanoTime;
    this.mostBetweenNanos = mostBetween.toNanos();
    this.lastNanos = nanoTime.getAsLong();
  }

  /** Nanoseconds since the first reading, without the time while the process was stopped. */
  @Override
  public long getAsLong() {
    long now = nanoTime.getAsLong();
    ranNanos += Math.min(now - lastNanos, mostBetweenNanos);
    lastNanos = now;
    return ranNanos;
  }
}
