package jingwei.actors.node;

import java.time.Duration;

/** Limits how often a node reports: thousands of messages at once would not fit into a queue. */
final class ReportPace {
  private final long intervalNanos;
  private long lastNanos;

  /**
   * @param interval shortest time between two reports
   * @param nowNanos time of the report before
   */
  ReportPace(Duration interval, long nowNanos) {
    this.intervalNanos = interval.toNanos();
    this.lastNanos = nowNanos;
  }

  /** Whether a report is due; its time is now then. */
  boolean isDue(long nowNanos) {
    if (nowNanos - lastNanos < intervalNanos) {
      return false;
    }
    lastNanos = nowNanos;
    return true;
  }
}
