package jingwei.actors.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StallWatchTest {
  private final Progress progress = new Progress();
  private final AtomicLong nanos = new AtomicLong(-5_000);

  @ParameterizedTest
  @ValueSource(longs = {16, 1000, 60_000, 86_400_000})
  void findsAHangWithinTheLimitAndASixteenthOrASecond(long limitMillis) {
    StallWatch watch = watch(limitMillis);
    long interval = watch.interval().toNanos();
    long looks = 0;
    while (!watch.isStalled()) {
      nanos.addAndGet(interval);
      looks++;
    }
    long took = looks * interval;
    assertTrue(took > limitMillis * 1_000_000 && took <= limitMillis * 1_000_000 + 2 * interval);
    assertEquals(took / 1e9, watch.stalledSeconds(), 1e-9);
    assertTrue(interval <= 1_000_000_000L);
  }

  @Test
  void neverStallsWhileTheNodeMakesProgress() {
    StallWatch watch = watch(1000);
    for (int look = 0; look < 10_000; look++) {
      nanos.addAndGet(watch.interval().toNanos());
      if (look % 15 == 0) {
        progress.made();
      }
      assertFalse(watch.isStalled(), "look " + look);
    }
  }

  /** The process may be stopped for any time and any number of times. */
  @Test
  void leavesOutTimeWhileTheProcessWasStopped() {
    StallWatch watch = watch(1000);
    for (int stop = 0; stop < 7; stop++) {
      nanos.addAndGet(Duration.ofHours(9).toNanos());
      assertFalse(watch.isStalled(), "stop " + stop);
    }
    progress.made();
    assertFalse(watch.isStalled());
    assertEquals(0, watch.stalledSeconds());
  }

  @Test
  void startsAgainWithEachWait() {
    StallWatch watch = watch(1000);
    for (int wait = 0; wait < 10; wait++) {
      watch.begin();
      for (int look = 0; look < 15; look++) {
        nanos.addAndGet(watch.interval().toNanos());
        assertFalse(watch.isStalled());
      }
    }
  }

  @Test
  void countsAtMostTheLimitBetweenTwoReadings() {
    UptimeClock clock = new UptimeClock(nanos::get, Duration.ofNanos(100));
    long[] steps = {30, 100, 101, 5_000_000, 0, 7};
    for (long step : steps) {
      nanos.addAndGet(step);
      clock.getAsLong();
    }
    assertEquals(30 + 100 + 100 + 100 + 7, clock.getAsLong());
  }

  private StallWatch watch(long limitMillis) {
    return new StallWatch(progress, Duration.ofMillis(limitMillis), nanos::get);
  }
}
