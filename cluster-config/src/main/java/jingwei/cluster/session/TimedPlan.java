package jingwei.cluster.session;

import java.util.OptionalLong;

/**
 * Plans a run by time: when some steps after the warm-up have been measured, it says once how many
 * steps the run has time for.
 */
final class TimedPlan {
  /** The compiler is still at work in these. */
  private static final int WARMUP_STEPS = 12;

  private static final int MEASURED_STEPS = 8;

  private final double seconds;
  private final long startNanos;
  private int steps;
  private long measuredNanos;

  /**
   * @param minutes of the whole run; 0 for a run that is not planned by time
   */
  TimedPlan(double minutes, long startNanos) {
    this.seconds = minutes * 60;
    this.startNanos = startNanos;
  }

  /** Whether the run is planned by time and the last step is not known yet. */
  boolean isOpen() {
    return seconds > 0 && steps < WARMUP_STEPS + MEASURED_STEPS;
  }

  /**
   * Takes the duration of the next step.
   *
   * @param step that was committed
   * @return the last step of the run, once
   */
  OptionalLong afterStep(long step, long stepNanos, long nowNanos) {
    steps++;
    if (steps > WARMUP_STEPS) {
      measuredNanos += stepNanos;
    }
    if (seconds == 0 || steps != WARMUP_STEPS + MEASURED_STEPS) {
      return OptionalLong.empty();
    }
    double left = seconds - (nowNanos - startNanos) / 1e9;
    double secondsPerStep = measuredNanos / 1e9 / MEASURED_STEPS;
    return OptionalLong.of(step + Math.max(1, (long) (left / secondsPerStep)));
  }
}
