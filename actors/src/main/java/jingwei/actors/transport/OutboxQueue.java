package jingwei.actors.transport;

import io.aeron.ExclusivePublication;
import java.util.ArrayDeque;
import java.util.Queue;
import jingwei.actors.link.LinkDirection;

/**
 * Transfers to one node that wait for each other, in the order of their requests. Parts of several
 * queues may alternate in the log to the node. Belongs to the transport thread.
 */
final class OutboxQueue {
  private final LinkDirection link;
  private final PartWriter writer;
  private final Queue<Transfer> queue = new ArrayDeque<>();

  /**
   * @param link direction in which all its transfers cross a slowed link
   */
  OutboxQueue(LinkDirection link, PartWriter writer) {
    this.link = link;
    this.writer = writer;
  }

  LinkDirection link() {
    return link;
  }

  void add(Transfer outgoing) {
    queue.add(outgoing);
  }

  /** The transfer whose part is next; null if there is none. */
  Transfer next() {
    while (!queue.isEmpty() && queue.element().isAnswered) {
      queue.remove();
    }
    return queue.peek();
  }

  /**
   * Offers a part of the next transfer to the log.
   *
   * @return its bytes, or 0 if the log has no room for it now
   */
  int offer(Transfer next, ExclusivePublication log) {
    return writer.offer(next, log);
  }

  Queue<Transfer> transfers() {
    return queue;
  }
}
