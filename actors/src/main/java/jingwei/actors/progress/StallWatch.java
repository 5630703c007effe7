package jingwei.actors.progress;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Detects that a node makes no progress. Belongs to one thread, which checks every {@link
 * #interval()}. Time while the process was stopped does not count.
 */
public final class StallWatch {
  private static final int LOOKS_PER_LIMIT = 16;
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);

  private final Progress progress;
  private final long limitNanos;
  private final Duration interval;
  private final UptimeClock clock;
  private long seen;
  private long sinceNanos;
  private long nowNanos;

  /**
   * @param limit longest time without progress
   */
  public StallWatch(Progress progress, Duration limit, LongSupplier nanoTime) {
    this.progress = progress;
    this.limitNanos = limit.toNanos();
    this.interval = interval(limit);
    this.clock = new UptimeClock(nanoTime, interval.multipliedBy(2));
    this.seen = progress.count();
  }

  /** The time between two checks for a limit. */
  public static Duration interval(Duration limit) {
    Duration share = Duration.ofNanos(Math.max(1_000_000, limit.toNanos() / LOOKS_PER_LIMIT));
    return share.compareTo(LONGEST_INTERVAL) < 0 ? share : LONGEST_INTERVAL;
  }

  /** The time between two checks. */
  public Duration interval() {
    return interval;
  }

  /** Checks whether there was no progress for longer than the limit. */
  public boolean isStalled() {
    nowNanos = clock.getAsLong();
    long count = progress.count();
    if (count != seen) {
      seen = count;
      sinceNanos = nowNanos;
    }
    return nowNanos - sinceNanos > limitNanos;
  }

  /** Begins a new wait: earlier time does not count. */
  public void begin() {
    nowNanos = clock.getAsLong();
    sinceNanos = nowNanos;
    seen = progress.count();
  }

  /** Seconds without progress, at the last check. */
  public double stalledSeconds() {
    return (nowNanos - sinceNanos) / 1e9;
  }
}
