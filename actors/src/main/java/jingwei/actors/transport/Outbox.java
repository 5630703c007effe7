package jingwei.actors.transport;

import io.aeron.ExclusivePublication;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.link.LinkDirection;

/**
 * The log to one node and the transfers that wait for it. Each node has an outbox of its own, so
 * that transfers to one never wait for another. Within an outbox, transfers wait in one queue, and
 * in one more for each direction of a slowed link. Belongs to the transport thread.
 */
final class Outbox {
  private final AeronClient client;
  private final int from;
  private final int to;
  private final int partBytes;
  private final long registration;
  private final List<OutboxQueue> queues = new ArrayList<>();
  private ExclusivePublication log;
  private boolean isUnconnected;
  private long unconnectedSinceNanos;

  /** Begins to open the log. */
  Outbox(AeronClient client, TransportNode from, int to, TransportSettings settings) {
    this.client = client;
    this.from = from.node();
    this.to = to;
    this.partBytes = settings.partBytes();
    this.registration = client.publish(from.address(to, settings.termBytes()));
  }

  int to() {
    return to;
  }

  void add(Transfer outgoing) {
    queue(outgoing.passage == null ? LinkDirection.NONE : outgoing.link()).add(outgoing);
  }

  private OutboxQueue queue(LinkDirection link) {
    for (OutboxQueue queue : queues) {
      if (queue.link() == link) {
        return queue;
      }
    }
    OutboxQueue queue = new OutboxQueue(link, new PartWriter(from, partBytes));
    queues.add(queue);
    return queue;
  }

  List<OutboxQueue> queues() {
    return queues;
  }

  /** Whether transfers wait and the node is connected. */
  boolean isReady(long nowNanos) {
    boolean isEmpty = true;
    for (int i = 0; i < queues.size(); i++) {
      isEmpty &= queues.get(i).next() == null;
    }
    if (isEmpty || isConnected()) {
      isUnconnected = false;
      return !isEmpty;
    }
    if (!isUnconnected) {
      isUnconnected = true;
      unconnectedSinceNanos = nowNanos;
    }
    return false;
  }

  /** Whether the node has an inbox and the log to it is open. */
  boolean isConnected() {
    if (log == null) {
      log = client.publication(registration);
    }
    return log != null && log.isConnected();
  }

  /** The open log. */
  ExclusivePublication log() {
    return log;
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
    return queues.stream()
        .flatMap(queue -> queue.transfers().stream())
        .filter(transfer -> !transfer.isAnswered)
        .toArray(Transfer[]::new);
  }
}
