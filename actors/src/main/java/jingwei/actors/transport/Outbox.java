package jingwei.actors.transport;

import io.aeron.ExclusivePublication;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The log to one node and the transfers that wait for it, in the order of their requests. Each node
 * has an outbox of its own, so that transfers to one never wait for another. Belongs to the
 * transport thread.
 */
final class Outbox {
  private final AeronClient client;
  private final int from;
  private final int to;
  private final int partBytes;
  private final long registration;
  private final Queue<Transfer> queue = new ArrayDeque<>();
  private ExclusivePublication publication;
  private PartWriter writer;
  private boolean isUnconnected;
  private long unconnectedSinceNanos;

  /** Begins to open the log. */
  Outbox(AeronClient client, TransportNode from, int to, int partBytes) {
    this.client = client;
    this.from = from.node();
    this.to = to;
    this.partBytes = partBytes;
    this.registration = client.publish(from.address(to));
  }

  int to() {
    return to;
  }

  void add(Transfer outgoing) {
    queue.add(outgoing);
  }

  /** The transfer whose part is next; null if there is none or if the node is not connected. */
  Transfer next(long nowNanos) {
    while (!queue.isEmpty() && queue.element().isAnswered) {
      queue.remove();
    }
    if (queue.isEmpty() || isConnected()) {
      isUnconnected = false;
      return queue.peek();
    }
    if (!isUnconnected) {
      isUnconnected = true;
      unconnectedSinceNanos = nowNanos;
    }
    return null;
  }

  /** Whether the node has an inbox and the log to it is open. */
  boolean isConnected() {
    if (publication == null) {
      publication = client.publication(registration);
      if (publication == null) {
        return false;
      }
      writer = new PartWriter(publication, from, partBytes);
    }
    return publication.isConnected();
  }

  /**
   * Offers a part of the next transfer.
   *
   * @return its bytes, or 0 if the log has no room for it now
   */
  int offer(Transfer next) {
    return writer.offer(next);
  }

  /** Whether transfers wait for the node to connect. */
  boolean isUnconnected() {
    return isUnconnected;
  }

  /** Since when they wait. */
  long unconnectedSinceNanos() {
    return unconnectedSinceNanos;
  }

  Transfer[] waiting() {
    return queue.stream().filter(transfer -> !transfer.isAnswered).toArray(Transfer[]::new);
  }
}
