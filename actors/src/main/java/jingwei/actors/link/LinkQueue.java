package jingwei.actors.link;

/**
 * One direction of a link: tensors cross it one after the other, in the order in which they enter.
 * It computes times and moves nothing. Belongs to one thread.
 */
public final class LinkQueue {
  private final LinkSpeed speed;
  private long freeNanos = Long.MIN_VALUE;

  public LinkQueue(LinkSpeed speed) {
    this.speed = speed;
  }

  /** A tensor enters behind those that have entered before it. */
  public LinkPassage enter(long nowNanos, long bytes) {
    LinkPassage passage = new LinkPassage(speed, Math.max(nowNanos, freeNanos));
    freeNanos = passage.beginNanos() + speed.occupiedNanos(bytes);
    return passage;
  }

  /** Whether a tensor has entered that has not arrived. */
  public boolean isBusy(long nowNanos) {
    return freeNanos + speed.latencyNanos() > nowNanos;
  }
}
