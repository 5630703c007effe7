package jingwei.actors.transport;

import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.BufferLoans.Loan;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Failed;
import jingwei.actors.transport.TensorTransport.Receive;
import jingwei.actors.transport.TensorTransport.Report;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TensorTransport.Sent;

/**
 * Moves tensors from sources to destinations and keeps the requests that are not answered. Belongs
 * to the transport thread.
 */
abstract class TransportBackend implements AutoCloseable {
  /** How many transfers that were given up are remembered, for those who ask late. */
  private static final int REMEMBERED = 1024;

  /**
   * A transfer that has not begun waits longer, so that the coordinator, who can say who is
   * missing, is heard first.
   */
  private static final int NOT_BEGUN_FACTOR = 2;

  final TransportSettings settings;
  final TransportStatistics statistics;
  final Progress progress;

  /** In the order of their requests. */
  final Map<Long, Outgoing> sends = new LinkedHashMap<>();

  final Map<Long, Incoming> receives = new LinkedHashMap<>();

  private final BufferLoans loans;
  private final Map<Long, String> givenUp = new LinkedHashMap<>();
  private long seenProgress;
  private long lastProgressNanos;

  TransportBackend(
      TransportSettings settings,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    this.settings = settings;
    this.loans = loans;
    this.statistics = statistics;
    this.progress = progress;
  }

  /**
   * @param progress of the node; every part that moves is counted
   */
  static TransportBackend create(
      TransportSettings settings,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    return switch (settings.local()) {
      case AERON ->
          AeronBackend.open(settings, loans, statistics, progress, LogFolder::usableBytes);
      case HANDOVER -> new HandoverBackend(settings, loans, statistics, progress);
    };
  }

  /** Moves what can be moved; returns how much work was done, 0 if nothing moved. */
  abstract int carry(long nowNanos);

  /** Bytes taken over from senders which neither arrived nor were thrown away. */
  abstract long bytesInFlight();

  /** Whom an outgoing tensor waits for. */
  abstract String awaitedBySender();

  @Override
  public abstract void close();

  final void accept(TensorTransport.Command request, long nowNanos) {
    switch (request) {
      case Send send -> acceptSend(send, nowNanos);
      case Receive receive -> acceptReceive(receive, nowNanos);
      case Report report -> report(report);
      default -> throw new IllegalStateException("not a request: " + request);
    }
  }

  private void acceptSend(Send send, long nowNanos) {
    TensorRef tensor = send.tensor();
    Loan loan = loans.takeSource(tensor);
    String refusal = refusal(tensor, loan, "source", sends.containsKey(tensor.transfer()));
    if (refusal == null) {
      sends.put(tensor.transfer(), new Outgoing(send, loan, nowNanos));
    } else {
      failed(send, refusal, statistics);
    }
  }

  private void acceptReceive(Receive receive, long nowNanos) {
    TensorRef tensor = receive.tensor();
    Loan loan = loans.takeDestination(tensor);
    String refusal = refusal(tensor, loan, "destination", receives.containsKey(tensor.transfer()));
    if (refusal == null) {
      refusal = givenUp.get(tensor.transfer());
    }
    if (refusal == null) {
      receives.put(tensor.transfer(), new Incoming(receive, loan, nowNanos));
    } else {
      failed(receive, refusal, statistics);
    }
  }

  private static String refusal(TensorRef tensor, Loan loan, String side, boolean isOpen) {
    if (isOpen) {
      return "transfer=%d is under way already".formatted(tensor.transfer());
    }
    if (loan == null) {
      return "no %s was lent for it".formatted(side);
    }
    return loan.tensor().equals(tensor)
        ? null
        : "the %s was lent for %s, the request names %s".formatted(side, loan.tensor(), tensor);
  }

  private void report(Report report) {
    report.replyTo().tell(statistics.counters(sends.size(), receives.size(), bytesInFlight()));
  }

  /** Answers a request that no carrier has seen, and ends its loan. */
  static void refuse(
      TensorTransport.Command request,
      String reason,
      BufferLoans loans,
      TransportStatistics statistics) {
    switch (request) {
      case Send send -> loans.takeSource(send.tensor());
      case Receive receive -> loans.takeDestination(receive.tensor());
      default -> {}
    }
    failed(request, reason, statistics);
  }

  private static void failed(
      TensorTransport.Command request, String reason, TransportStatistics statistics) {
    switch (request) {
      case Send send -> send.replyTo().tell(new Failed(send.tensor(), reason));
      case Receive receive -> receive.replyTo().tell(new Failed(receive.tensor(), reason));
      case Report report -> report.replyTo().tell(statistics.counters(0, 0, 0));
      default -> throw new IllegalStateException("not a request: " + request);
    }
    statistics.requestsFailed += request instanceof Report ? 0 : 1;
  }

  final void sent(Outgoing outgoing) {
    TensorRef tensor = outgoing.tensor();
    sends.remove(tensor.transfer());
    statistics.tensorsSent++;
    statistics.bytesSent += tensor.bytes();
    outgoing.request.replyTo().tell(new Sent(tensor));
  }

  final void arrived(Incoming incoming, int crc32c) {
    TensorRef tensor = incoming.tensor();
    receives.remove(tensor.transfer());
    incoming.isAnswered = true;
    statistics.tensorsArrived++;
    statistics.bytesArrived += tensor.bytes();
    incoming.request.replyTo().tell(new Arrived(tensor, crc32c));
  }

  /** Fails a send, and with it the receiver of this node that waits for it. */
  final void fail(Outgoing outgoing, String reason) {
    long transfer = outgoing.tensor().transfer();
    sends.remove(transfer);
    giveUp(transfer, reason);
    failed(outgoing.request, reason, statistics);
    Incoming incoming = receives.get(transfer);
    if (incoming != null) {
      fail(incoming, reason);
    }
  }

  /** Fails a receive; what is still to come of its tensor is thrown away. */
  final void fail(Incoming incoming, String reason) {
    receives.remove(incoming.tensor().transfer());
    incoming.isAnswered = true;
    giveUp(incoming.tensor().transfer(), reason);
    failed(incoming.request, reason, statistics);
  }

  /** Remembers that a transfer will not arrive, so that nobody waits for it. */
  final void giveUp(long transfer, String reason) {
    givenUp.put(transfer, reason);
    if (givenUp.size() > REMEMBERED) {
      givenUp.remove(givenUp.keySet().iterator().next());
    }
  }

  final boolean isGivenUp(long transfer) {
    return givenUp.containsKey(transfer);
  }

  final void failAll(String reason) {
    for (Outgoing outgoing : sends.values().toArray(Outgoing[]::new)) {
      fail(outgoing, reason);
    }
    for (Incoming incoming : receives.values().toArray(Incoming[]::new)) {
      fail(incoming, reason);
    }
  }

  /**
   * Fails what waited past its deadline; returns the nanoseconds until the next deadline, at least
   * one.
   *
   * <p>A tensor of which a part has moved must go on within the deadline. One that has not begun
   * waits as long as anything gets done on the node: its sender may still compute, or others are
   * before it. It has twice the time, so that the coordinator reports first, who knows what it is
   * for.
   */
  long judge(long nowNanos) {
    long count = progress.count();
    if (count != seenProgress) {
      seenProgress = count;
      lastProgressNanos = nowNanos;
    }
    long rest = Long.MAX_VALUE;
    for (Outgoing outgoing : sends.values().toArray(Outgoing[]::new)) {
      long left = leftNanos(outgoing.hasBegun(), outgoing.sinceNanos, nowNanos);
      if (left > 0) {
        rest = Math.min(rest, left);
      } else {
        fail(outgoing, lateSend(outgoing));
      }
    }
    for (Incoming incoming : receives.values().toArray(Incoming[]::new)) {
      long left = leftNanos(incoming.hasBegun(), incoming.sinceNanos, nowNanos);
      if (left > 0) {
        rest = Math.min(rest, left);
      } else {
        fail(incoming, lateReceive(incoming));
      }
    }
    return rest;
  }

  private long leftNanos(boolean hasBegun, long sinceNanos, long nowNanos) {
    return hasBegun
        ? leftNanos(sinceNanos, nowNanos)
        : Math.max(sinceNanos, lastProgressNanos)
            + NOT_BEGUN_FACTOR * settings.deadlineNanos()
            - nowNanos;
  }

  final long leftNanos(long sinceNanos, long nowNanos) {
    return sinceNanos + settings.deadlineNanos() - nowNanos;
  }

  private String lateSend(Outgoing outgoing) {
    return "the sender of %s (transfer=%d sentBytes=%d bytes=%d) waited %d ms for %s"
        .formatted(
            outgoing.tensor().name(),
            outgoing.tensor().transfer(),
            outgoing.sentBytes,
            outgoing.tensor().bytes(),
            waitedMillis(outgoing.hasBegun()),
            awaitedBySender());
  }

  private String lateReceive(Incoming incoming) {
    return "the receiver of %s (transfer=%d arrivedBytes=%d bytes=%d) waited %d ms for its sender"
        .formatted(
            incoming.tensor().name(),
            incoming.tensor().transfer(),
            incoming.arrivedBytes,
            incoming.tensor().bytes(),
            waitedMillis(incoming.hasBegun()));
  }

  private long waitedMillis(boolean hasBegun) {
    return (hasBegun ? 1 : NOT_BEGUN_FACTOR) * settings.deadlineMillis();
  }
}
