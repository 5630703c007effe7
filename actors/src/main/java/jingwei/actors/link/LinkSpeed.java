package jingwei.actors.link;

import jingwei.model.UserException;

/**
 * How fast bytes cross the link in one direction.
 *
 * @param bytesPerSecond {@link Long#MAX_VALUE} for no limit
 * @param latencyNanos time from the last byte that enters the link to its arrival
 */
public record LinkSpeed(long bytesPerSecond, long latencyNanos) {
  /** As fast as the transport is. */
  public static final LinkSpeed UNLIMITED = new LinkSpeed(Long.MAX_VALUE, 0);

  /** Slow enough for tests; at this speed, times do not overflow below 9 TB in a queue. */
  private static final long MIN_BYTES_PER_SECOND = 1000;

  private static final long MAX_LATENCY_NANOS = 3_600_000_000_000L;

  /**
   * @throws UserException if a value is out of its range
   */
  public LinkSpeed {
    if (bytesPerSecond < MIN_BYTES_PER_SECOND) {
      throw new UserException(
          "ecss.link.bandwidth = %d must be %d bytes a second or more."
              .formatted(bytesPerSecond, MIN_BYTES_PER_SECOND));
    }
    if (latencyNanos < 0 || latencyNanos > MAX_LATENCY_NANOS) {
      throw new UserException(
          "ecss.link.latency = %d ns must lie between 0 and one hour.".formatted(latencyNanos));
    }
  }

  /** Whether bytes cross without delay. */
  public boolean isUnlimited() {
    return bytesPerSecond == Long.MAX_VALUE && latencyNanos == 0;
  }

  /** How long this many bytes occupy the link, in nanoseconds, rounded up. */
  public long occupiedNanos(long bytes) {
    return bytesPerSecond == Long.MAX_VALUE ? 0 : (long) Math.ceil(bytes * 1e9 / bytesPerSecond);
  }
}
