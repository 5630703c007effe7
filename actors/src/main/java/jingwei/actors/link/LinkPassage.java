package jingwei.actors.link;

/**
 * A tensor's place in the queue of a link.
 *
 * @param speed of the link in the tensor's direction
 * @param beginNanos when its first byte enters the link
 */
public record LinkPassage(LinkSpeed speed, long beginNanos) {
  /**
   * When a part of the tensor arrives at the other end. Parts follow each other without a gap, so
   * the latency delays each of them once.
   *
   * @param bytes of the tensor, up to the end of the part
   */
  public long arrivalNanos(long bytes) {
    return beginNanos + speed.occupiedNanos(bytes) + speed.latencyNanos();
  }
}
