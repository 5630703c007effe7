package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;
import jingwei.actors.progress.Progress;

/**
 * Gives a tensor from buffer to buffer as soon as both ends have asked: without a copy where both
 * are {@link Transferable}.
 */
final class HandoverBackend extends TransportBackend {

  HandoverBackend(
      TransportSettings settings,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    super(settings, loans, statistics, progress);
  }

  @Override
  int carry(long nowNanos) {
    int moved = 0;
    for (Outgoing outgoing : sends.values().toArray(Outgoing[]::new)) {
      Incoming incoming = receives.get(outgoing.tensor().transfer());
      if (incoming != null) {
        handOver(outgoing, incoming);
        moved++;
      } else if (isGivenUp(outgoing.tensor().transfer())) {
        fail(outgoing, "the receiver of %s has given up".formatted(outgoing.tensor().name()));
        moved++;
      }
    }
    return moved;
  }

  private void handOver(Outgoing outgoing, Incoming incoming) {
    PartHeader header = PartHeader.whole(outgoing.tensor());
    String mismatch = header.mismatch(incoming.tensor());
    if (mismatch == null) {
      mismatch = give(outgoing, incoming);
    }
    if (mismatch == null) {
      progress.made();
      sent(outgoing);
      arrived(incoming, 0);
    } else {
      fail(outgoing, mismatch);
    }
  }

  private static String give(Outgoing outgoing, Incoming incoming) {
    MemorySegment source = outgoing.source;
    MemorySegment destination = incoming.destination;
    boolean isTransferred = outgoing.transferable != null && incoming.transferable != null;
    try {
      if (!isTransferred) {
        destination.copyFrom(source);
      } else if (!source.scope().isAlive() || !destination.scope().isAlive()) {
        return "a buffer on loan is not usable: closed";
      } else {
        outgoing.transferable.transferTo(incoming.transferable);
      }
      return null;
    } catch (IllegalStateException | WrongThreadException e) {
      return "a buffer on loan is not usable: " + e.getMessage();
    }
  }

  @Override
  long bytesInFlight() {
    return sends.values().stream().mapToLong(outgoing -> outgoing.tensor().bytes()).sum();
  }

  @Override
  String awaitedBySender() {
    return "its receiver";
  }

  @Override
  public void close() {}
}
