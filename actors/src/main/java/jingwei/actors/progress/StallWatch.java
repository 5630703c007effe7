package jingwei.actors.progress;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Finds out that nothing gets done any more. Belongs to one thread, which looks every {@link
 * #interval()}; time in which the process was stopped does not count.
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
    Duration share = Duration.ofNanos(Math.max(1_000_000, limit.toNanos() / LOOKS_PER_LIMIT));
    this.interval = share.compareTo(LONGEST_INTERVAL) < 0 ? share : LONGEST_INTERVAL;
    this.clock = new UptimeClock(nanoTime, interval.multipliedBy(2));
    this.seen = progress.count();
  }

  /** How often to look. */
  public Duration interval() {
    return interval;
  }

  /** Looks; whether nothing got done for longer than the limit. */
  public boolean isStalled() {
    nowNanos = clock.getAsLong();
    long count = progress.count();
    if (count != seen) {
      seen = count;
      sinceNanos = nowNanos;
    }
    return nowNanos - sinceNanos > limitNanos;
  }

  /** A wait begins: what was before does not count. */
  public void begin() {
    nowNanos = clock.getAsLong();
    sinceNanos = nowNanos;
    seen = progress.count();
  }

  /** Seconds without progress, as of the last look. */
  public double stalledSeconds() {
    return (nowNanos - sinceNanos) / 1e9;
  }
}
