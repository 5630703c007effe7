package jingwei.cluster.session;

import java.time.Duration;
import java.util.function.LongSupplier;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.progress.UptimeClock;

/**
 * Decides what a run does while a step waits for rows: it says so after a while, again after twice
 * that time and so on, and gives up when no row came for longer than the deadline. Time while the
 * process was stopped does not count. Belongs to one thread, which looks often.
 */
final class RowWait {
  private static final Duration FIRST = Duration.ofSeconds(3);

  /** Longest time that counts between two looks. */
  private static final Duration MOST_BETWEEN = Duration.ofSeconds(1);

  private final Progress arrived = new Progress();
  private final StallWatch silence;
  private final UptimeClock clock;
  private boolean isWaiting;
  private long rows;
  private long sinceNanos;
  private long nextNanos;

  /** What to do now. */
  enum Action {
    NOTHING,
    SAY,
    GIVE_UP
  }

  /**
   * @param deadline longest wait without a new row
   */
  RowWait(Duration deadline, LongSupplier nanoTime) {
    silence = new StallWatch(arrived, deadline, nanoTime);
    clock = new UptimeClock(nanoTime, MOST_BETWEEN);
  }

  /**
   * @param waits whether a step waits for rows
   * @param rowsSoFar number of durable rows
   */
  Action look(boolean waits, long rowsSoFar) {
    long now = clock.getAsLong();
    if (!waits || !isWaiting) {
      isWaiting = waits;
      sinceNanos = now;
      nextNanos = FIRST.toNanos();
      rows = rowsSoFar;
      silence.begin();
      return Action.NOTHING;
    }
    if (rowsSoFar != rows) {
      rows = rowsSoFar;
      arrived.made();
    }
    if (silence.isStalled()) {
      return Action.GIVE_UP;
    }
    if (now - sinceNanos < nextNanos) {
      return Action.NOTHING;
    }
    nextNanos *= 2;
    return Action.SAY;
  }

  /** Seconds without a new row, at the last look. */
  double silentSeconds() {
    return silence.stalledSeconds();
  }
}
