package jingwei.actors.transport;

import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.PartReader.Handling;
import jingwei.actors.transport.TransportPeers.Alone;
import jingwei.actors.transport.TransportPeers.Cluster;
import jingwei.actors.transport.TransportPeers.Machine;

/**
 * Moves tensors through Aeron's logs. A node reads its inbox, in which there is one log from each
 * node that sends to it. Belongs to the transport thread.
 */
final class AeronBackend extends TransportBackend implements PartReader.Receivers {
  private static final int FRAGMENTS_PER_ROUND = 64;

  /** Nobody wakes a thread when another node writes or reads. */
  private static final long LONGEST_PARK_IN_TRANSFER_NANOS = 250_000;

  private final AeronClient client;
  private final PartReader reader = new PartReader(this);
  private final List<Outbox> outboxes = new ArrayList<>();
  private final List<Subscription> inboxes = new ArrayList<>();

  private long writtenBytes;
  private long readBytes;
  private long roundNanos;

  private AeronBackend(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress,
      AeronClient client) {
    super(settings, node, loans, statistics, progress);
    this.client = client;
  }

  /**
   * Opens the inbox of the node. A node that is alone starts a driver and opens its log, too.
   *
   * @throws TransportException if that fails
   * @throws jingwei.model.UserException if there is no room for the driver of a node
   */
  static AeronBackend open(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    return open(settings, node, loans, statistics, progress, LogFolder::usableBytes);
  }

  static AeronBackend open(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress,
      LogFolder.FreeSpace freeSpace) {
    AeronClient client =
        switch (node.peers()) {
          case Alone alone ->
              AeronClient.withDriver(LogFolder.make(settings, 1, freeSpace), settings.termBytes());
          case Machine machine -> AeronClient.ofMachine(machine.driver());
          case Cluster cluster -> AeronClient.ofSharedDriver(cluster.driver());
        };
    AeronBackend backend = new AeronBackend(settings, node, loans, statistics, progress, client);
    client.opened(backend::openInbox);
    return backend;
  }

  private void openInbox() {
    for (NodeAddress address : node.inboxes()) {
      inboxes.add(client.subscribe(address, reader::forget));
    }
    if (node.peers() instanceof Alone) {
      Outbox own = outbox(node.node());
      client.await(own::isConnected);
    }
  }

  /** The outbox to a node; its log is opened when it is first used. */
  private Outbox outbox(int to) {
    for (Outbox outbox : outboxes) {
      if (outbox.to() == to) {
        return outbox;
      }
    }
    Outbox opened = new Outbox(client, node, to, settings);
    outboxes.add(opened);
    return opened;
  }

  @Override
  void accepted(Transfer outgoing) {
    outbox(outgoing.to()).add(outgoing);
  }

  /**
   * Moves one part of each queue to each node and a few in from each in a round, so that a node
   * that is alone reads a part while it is in the cache.
   */
  @Override
  int moveParts(long nowNanos) {
    roundNanos = nowNanos;
    int moved = 0;
    for (int i = 0; i < outboxes.size(); i++) {
      moved += write(outboxes.get(i));
    }
    for (int i = 0; i < inboxes.size(); i++) {
      moved += read(inboxes.get(i));
    }
    return moved + client.run();
  }

  private int read(Subscription inbox) {
    int moved = 0;
    for (int i = inbox.imageCount() - 1; i >= 0; i--) {
      moved += inbox.imageAtIndex(i).controlledPoll(reader, FRAGMENTS_PER_ROUND);
    }
    return moved;
  }

  private int write(Outbox outbox) {
    int moved = 0;
    if (outbox.isReady(roundNanos)) {
      List<OutboxQueue> queues = outbox.queues();
      for (int i = 0; i < queues.size(); i++) {
        moved += write(queues.get(i), outbox.log());
      }
    }
    return moved;
  }

  private int write(OutboxQueue queue, ExclusivePublication log) {
    Transfer outgoing = queue.next();
    if (outgoing == null || isOnLink(outgoing, roundNanos)) {
      return 0;
    }
    try {
      int bytes = queue.offer(outgoing, log);
      if (bytes == 0) {
        statistics.backPressuredOffers++;
        return 0;
      }
      written(outgoing, bytes);
    } catch (IllegalStateException | WrongThreadException e) {
      fail(outgoing, "the source is not usable: " + e.getMessage());
    }
    return 1;
  }

  private void written(Transfer outgoing, int bytes) {
    progress.made();
    writtenBytes += bytes;
    outgoing.moved(bytes, roundNanos);
    if (outgoing.isComplete()) {
      sent(outgoing);
    }
  }

  /**
   * Takes the parts that a receiver has asked for. It lends its destination before it lets the
   * sender send. So if the loan is there, its request is in a queue of this node, and the part
   * stays in its log until then; otherwise nobody has asked.
   */
  @Override
  public Handling begin(PartHeader header) {
    TensorHeader tensor = header.tensor();
    if (isForeign(tensor)) {
      statistics.foreignParts++;
      return Handling.Other.SKIP;
    }
    Transfer incoming = receives.get(tensor.transfer());
    if (incoming != null) {
      return take(header, incoming);
    }
    if (ended.isArrived(tensor.transfer())) {
      statistics.doubledParts++;
      return Handling.Other.SKIP;
    }
    if (ended.isFailed(tensor.transfer())) {
      return Handling.Other.SKIP;
    }
    if (loans.isDestinationLent(tensor.transfer())) {
      return Handling.Other.WAIT;
    }
    statistics.tensorsSkipped++;
    ended.hasFailed(tensor.transfer(), tensor + " was skipped, because it came before its request");
    return Handling.Other.SKIP;
  }

  private boolean isForeign(TensorHeader tensor) {
    return tensor.incarnation() != node.incarnation();
  }

  private Handling take(PartHeader header, Transfer incoming) {
    String mismatch = header.tensor().mismatch(incoming.tensor());
    if (mismatch == null && header.offset() < incoming.movedBytes) {
      statistics.doubledParts++;
      return Handling.Other.SKIP;
    }
    if (mismatch == null && header.offset() > incoming.movedBytes) {
      mismatch =
          "a part is missing: offset=%d arrivedBytes=%d"
              .formatted(header.offset(), incoming.movedBytes);
    }
    if (mismatch == null) {
      return new Handling.Take(incoming);
    }
    fail(incoming, mismatch);
    return Handling.Other.SKIP;
  }

  @Override
  public void complete(PartHeader header, Transfer incoming, MemorySegment part) {
    progress.made();
    readBytes += header.partBytes();
    incoming.crc.update(part.asByteBuffer());
    incoming.moved(header.partBytes(), roundNanos);
    if (!header.isLast()) {
      return;
    }
    int crc32c = (int) incoming.crc.getValue();
    if (crc32c == header.crc32c()) {
      arrived(incoming, crc32c);
    } else {
      fail(
          incoming,
          "checksum of %s differs: sentCrc32c=%08x arrivedCrc32c=%08x"
              .formatted(incoming.tensor().name(), header.crc32c(), crc32c));
    }
  }

  @Override
  public void unusable(Transfer incoming, String reason) {
    fail(incoming, reason);
  }

  @Override
  public void doubled() {
    statistics.doubledParts++;
  }

  @Override
  public void skipped(PartHeader header) {
    if (!isForeign(header.tensor())) {
      readBytes += header.partBytes();
    }
  }

  @Override
  public void invalid() {
    statistics.invalidParts++;
  }

  /** A node that is not connected fails what waits for it, whatever else makes progress. */
  @Override
  long checkDeadlines(long nowNanos) {
    long rest = super.checkDeadlines(nowNanos);
    for (Outbox outbox : outboxes) {
      if (outbox.isUnconnected()) {
        long left = leftNanos(outbox.unconnectedSinceNanos(), nowNanos);
        if (left > 0) {
          rest = Math.min(rest, left);
        } else {
          failAll(outbox);
        }
      }
    }
    return rest;
  }

  private void failAll(Outbox outbox) {
    for (Transfer outgoing : outbox.waiting()) {
      String reason =
          "%s waited %d ms for %s"
              .formatted(outgoing, settings.deadlineMillis(), awaitedBySender(outgoing));
      fail(outgoing, reason);
    }
  }

  @Override
  long longestParkNanos() {
    boolean waitsForPeer =
        !(node.peers() instanceof Alone) && !(sends.isEmpty() && receives.isEmpty());
    return waitsForPeer ? LONGEST_PARK_IN_TRANSFER_NANOS : super.longestParkNanos();
  }

  @Override
  long nextPartEnd(Transfer outgoing) {
    return Math.min(outgoing.movedBytes + settings.partBytes(), outgoing.tensor().bytes());
  }

  @Override
  long bytesInFlight() {
    long unwritten =
        sends.values().stream().mapToLong(o -> o.tensor().bytes() - o.movedBytes).sum();
    return unwritten + writtenBytes - readBytes;
  }

  @Override
  String awaitedBySender(Transfer outgoing) {
    return outbox(outgoing.to()).isUnconnected()
        ? "node %d, which is not connected".formatted(outgoing.to())
        : "room in the log to node %d".formatted(outgoing.to());
  }

  @Override
  public void close() {
    client.close();
  }
}
