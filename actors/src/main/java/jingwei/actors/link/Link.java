package jingwei.actors.link;

/**
 * The link of a node: a queue for each direction that is slowed. So a tensor never waits for
 * another one that goes in the other direction, or that does not cross the link. Belongs to one
 * thread.
 */
public final class Link {
  private final LinkSettings settings;

  /** Null if the direction is not slowed. */
  private final LinkQueue toDevice;

  private final LinkQueue toHost;

  public Link(LinkSettings settings) {
    this.settings = settings;
    toDevice = queue(settings.toDevice());
    toHost = queue(settings.toHost());
  }

  private static LinkQueue queue(LinkSpeed speed) {
    return speed.isUnlimited() ? null : new LinkQueue(speed);
  }

  /** A tensor enters the link; null if nothing delays it. */
  public LinkPassage enter(LinkDirection direction, long nowNanos, long bytes) {
    LinkQueue queue =
        switch (direction) {
          case NONE -> null;
          case TO_DEVICE -> toDevice;
          case TO_HOST -> toHost;
        };
    return queue == null ? null : queue.enter(nowNanos, bytes);
  }

  /** Whether bytes are on the link. */
  public boolean isBusy(long nowNanos) {
    return (toDevice != null && toDevice.isBusy(nowNanos))
        || (toHost != null && toHost.isBusy(nowNanos));
  }

  /** How long this many bytes occupy the slower direction. */
  public long longestNanos(long bytes) {
    return Math.max(
        settings.toDevice().occupiedNanos(bytes), settings.toHost().occupiedNanos(bytes));
  }

  /** How long this many bytes take in the slower direction, from an empty link to their arrival. */
  public long longestArrivalNanos(long bytes) {
    return Math.max(
        settings.toDevice().occupiedNanos(bytes) + settings.toDevice().latencyNanos(),
        settings.toHost().occupiedNanos(bytes) + settings.toHost().latencyNanos());
  }
}
