package jingwei.actors.transport;

import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.actors.link.Link;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.BufferLoans.Loan;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Failed;
import jingwei.actors.transport.TensorTransport.Receive;
import jingwei.actors.transport.TensorTransport.Report;
import jingwei.actors.transport.TensorTransport.Request;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TensorTransport.Sent;
import jingwei.actors.transport.TransportPeers.Alone;
import jingwei.actors.transport.TransportPeers.Cluster;
import jingwei.actors.transport.TransportPeers.Machine;
import jingwei.actors.transport.TransportSettings.Local;

/**
 * Moves tensors from sources to destinations and keeps the open requests. Belongs to the transport
 * thread.
 */
abstract class TransportBackend implements AutoCloseable {
  /** Short enough for Aeron's driver and client. */
  private static final long LONGEST_PARK_NANOS = 100_000_000;

  final TransportSettings settings;
  final TransportNode node;
  final TransportStatistics statistics;
  final Progress progress;

  /** In the order of their requests. */
  final Map<TransferId, Transfer> sends = new LinkedHashMap<>();

  final Map<TransferId, Transfer> receives = new LinkedHashMap<>();

  final BufferLoans loans;

  final EndedTransfers ended = new EndedTransfers();
  private final Link link;
  private final TransferDeadlines deadlines;

  /** Time to the arrival of the next part that is on the link, in this round. */
  private long untilArrivalNanos = Long.MAX_VALUE;

  TransportBackend(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    this.settings = settings;
    this.node = node;
    this.loans = loans;
    this.statistics = statistics;
    this.progress = progress;
    this.link = new Link(settings.link());
    this.deadlines = new TransferDeadlines(settings, link, progress);
  }

  /**
   * @param progress of the node; every part that moves is counted
   */
  static TransportBackend create(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    return switch (node.peers()) {
      case Machine machine -> AeronBackend.open(settings, node, loans, statistics, progress);
      case Cluster cluster -> AeronBackend.open(settings, node, loans, statistics, progress);
      case Alone alone when settings.local() == Local.HANDOVER ->
          new HandoverBackend(settings, node, loans, statistics, progress);
      case Alone alone -> AeronBackend.open(settings, node, loans, statistics, progress);
    };
  }

  /** Moves parts as far as possible; returns the amount of work, 0 if no part moved. */
  final int move(long nowNanos) {
    untilArrivalNanos = Long.MAX_VALUE;
    return moveParts(nowNanos);
  }

  abstract int moveParts(long nowNanos);

  /** Where the next part of a tensor that is sent ends, in bytes from its beginning. */
  abstract long nextPartEnd(Transfer outgoing);

  /** Whether the next part of a transfer has not crossed the link yet. */
  final boolean isOnLink(Transfer outgoing, long nowNanos) {
    if (outgoing.passage == null) {
      return false;
    }
    long left = outgoing.passage.arrivalNanos(nextPartEnd(outgoing)) - nowNanos;
    if (left > 0) {
      untilArrivalNanos = Math.min(untilArrivalNanos, left);
    }
    return left > 0;
  }

  /**
   * How long the parts that wait for nothing but the link need to cross it, since the last round;
   * {@link Long#MAX_VALUE} if there are none.
   */
  final long untilArrivalNanos() {
    return untilArrivalNanos;
  }

  /** How long the thread may sleep at most; a request wakes it. */
  long longestParkNanos() {
    return LONGEST_PARK_NANOS;
  }

  /** Bytes taken from senders that have neither arrived nor been discarded. */
  abstract long bytesInFlight();

  /** What the sender of a tensor waits for. */
  abstract String awaitedBySender(Transfer outgoing);

  /** A request to send was accepted. */
  void accepted(Transfer outgoing) {}

  @Override
  public abstract void close();

  final void accept(TensorTransport.Command command, long nowNanos) {
    switch (command) {
      case Request request -> accept(request, nowNanos);
      case Report report ->
          report
              .replyTo()
              .tell(statistics.counters(sends.size(), receives.size(), bytesInFlight()));
      default -> throw new IllegalStateException("not a request: " + command);
    }
  }

  private void accept(Request request, long nowNanos) {
    Loan loan = takeLoan(request, loans);
    String refusal = refusal(request, loan);
    if (refusal == null) {
      Transfer transfer = new Transfer(request, loan, nowNanos);
      open(request).put(transfer.id(), transfer);
      if (request instanceof Send send) {
        transfer.passage = link.enter(send.link(), nowNanos, send.tensor().bytes());
        accepted(transfer);
      }
    } else {
      failed(request, refusal, statistics);
    }
  }

  private Map<TransferId, Transfer> open(Request request) {
    return request instanceof Send ? sends : receives;
  }

  private static Loan takeLoan(Request request, BufferLoans loans) {
    return request instanceof Send
        ? loans.takeSource(request.tensor())
        : loans.takeDestination(request.tensor());
  }

  /** The reason to refuse a request; null to accept it. */
  private String refusal(Request request, Loan loan) {
    TensorRef tensor = request.tensor();
    String side = request instanceof Send ? "source" : "destination";
    if (open(request).containsKey(tensor.transfer())) {
      return "transfer=%s is under way already".formatted(tensor.transfer());
    }
    if (tensor.incarnation() != node.incarnation()) {
      return "it belongs to incarnation=%d, this node to incarnation=%d"
          .formatted(tensor.incarnation(), node.incarnation());
    }
    if (request instanceof Send send && !node.reaches(send.to())) {
      return "node %d does not exist".formatted(send.to());
    }
    if (loan == null) {
      return "no %s was lent for it".formatted(side);
    }
    if (!loan.tensor().equals(tensor)) {
      return "the %s was lent for %s, the request names %s".formatted(side, loan.tensor(), tensor);
    }
    return request instanceof Receive ? ended.refusal(tensor.transfer()) : null;
  }

  /** Answers a request that no backend has seen, and ends its own loan. */
  static void refuse(
      TensorTransport.Command command,
      String reason,
      BufferLoans loans,
      TransportStatistics statistics) {
    switch (command) {
      case Request request -> {
        takeLoan(request, loans);
        failed(request, reason, statistics);
      }
      case Report report -> report.replyTo().tell(statistics.counters(0, 0, 0));
      default -> throw new IllegalStateException("not a request: " + command);
    }
  }

  private static void failed(Request request, String reason, TransportStatistics statistics) {
    request.replyTo().tell(new Failed(request.tensor(), reason));
    statistics.requestsFailed++;
  }

  final void sent(Transfer outgoing) {
    TensorRef tensor = outgoing.tensor();
    end(outgoing);
    statistics.tensorsSent++;
    statistics.bytesSent += tensor.bytes();
    outgoing.request.replyTo().tell(new Sent(tensor));
  }

  final void arrived(Transfer incoming, int crc32c) {
    TensorRef tensor = incoming.tensor();
    end(incoming);
    ended.hasArrived(incoming.id());
    statistics.tensorsArrived++;
    statistics.bytesArrived += tensor.bytes();
    incoming.request.replyTo().tell(new Arrived(tensor, crc32c));
  }

  /**
   * Fails a transfer and discards the rest of its tensor. If a send fails, a receiver of this node
   * that waits for it fails, too.
   */
  final void fail(Transfer transfer, String reason) {
    end(transfer);
    ended.hasFailed(transfer.id(), reason);
    failed(transfer.request, reason, statistics);
    Transfer receiver = receives.get(transfer.id());
    if (transfer.isSend() && receiver != null) {
      fail(receiver, reason);
    }
  }

  private void end(Transfer transfer) {
    open(transfer.request).remove(transfer.id());
    transfer.isAnswered = true;
  }

  final void failAll(String reason) {
    for (Transfer outgoing : sends.values().toArray(Transfer[]::new)) {
      fail(outgoing, reason);
    }
    for (Transfer incoming : receives.values().toArray(Transfer[]::new)) {
      fail(incoming, reason);
    }
  }

  /**
   * Fails transfers that waited past their deadline; returns the nanoseconds until the next
   * deadline, at least one.
   */
  long checkDeadlines(long nowNanos) {
    deadlines.begin(nowNanos);
    long rest = Math.min(checkDeadlines(sends, nowNanos), checkDeadlines(receives, nowNanos));
    return Math.max(1, rest);
  }

  private long checkDeadlines(Map<TransferId, Transfer> open, long nowNanos) {
    long rest = Long.MAX_VALUE;
    for (Transfer transfer : open.values().toArray(Transfer[]::new)) {
      long partEnd = transfer.isSend() ? nextPartEnd(transfer) : 0;
      long left = deadlines.leftNanos(transfer, partEnd, nowNanos);
      if (left > 0) {
        rest = Math.min(rest, left);
      } else {
        long waitedMillis = deadlines.limitNanos(transfer) / 1_000_000;
        String awaited = transfer.isSend() ? awaitedBySender(transfer) : "its sender";
        fail(transfer, "%s waited %d ms for %s".formatted(transfer, waitedMillis, awaited));
      }
    }
    return rest;
  }

  final long leftNanos(long sinceNanos, long nowNanos) {
    return sinceNanos + settings.deadlineNanos() - nowNanos;
  }
}
