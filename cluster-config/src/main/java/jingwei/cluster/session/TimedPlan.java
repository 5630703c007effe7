package jingwei.cluster.session;

import java.util.OptionalLong;

/**
 * Plans the number of steps of a timed run: measures some steps after the warm-up, then plans once.
 */
final class TimedPlan {
  /** Warm-up steps, in which the JIT compiler is still active. */
  private static final int WARMUP_STEPS = 12;

  private static final int MEASURED_STEPS = 8;

  private final double seconds;
  private final long startNanos;
  private int steps;
  private long measuredNanos;

  /**
   * @param minutes time limit of the whole run; 0 if there is none
   */
  TimedPlan(double minutes, long startNanos) {
    this.seconds = minutes * 60;
    this.startNanos = startNanos;
  }

  /** True if the run is timed and not yet planned. */
  boolean isOpen() {
    return seconds > 0 && steps < WARMUP_STEPS + MEASURED_STEPS;
  }

  /**
   * Records the duration of a step.
   *
   * @param step the committed step
   * @return the last step of the run, when it is planned; empty before and after
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
