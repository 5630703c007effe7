package jingwei.actors.transport;

import jingwei.actors.progress.Progress;

/**
 * Moves a tensor from buffer to buffer as soon as both ends have sent their request: without a copy
 * if both are {@link Transferable} and in one memory space. Over a slowed link, it moves when its
 * last byte has crossed.
 */
final class HandoverBackend extends TransportBackend {

  HandoverBackend(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress) {
    super(settings, node, loans, statistics, progress);
  }

  @Override
  int moveParts(long nowNanos) {
    int moved = 0;
    for (Transfer outgoing : sends.values().toArray(Transfer[]::new)) {
      Transfer incoming = receives.get(outgoing.id());
      if (isOnLink(outgoing, nowNanos)) {
        continue;
      }
      if (incoming != null) {
        handOver(outgoing, incoming);
        moved++;
      } else if (ended.isFailed(outgoing.id())) {
        fail(outgoing, "the receiver of %s has given up".formatted(outgoing.tensor().name()));
        moved++;
      }
    }
    return moved;
  }

  private void handOver(Transfer outgoing, Transfer incoming) {
    TensorHeader header = TensorHeader.of(outgoing.tensor(), node.node());
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

  private String give(Transfer outgoing, Transfer incoming) {
    TensorBytes source = outgoing.bytes;
    TensorBytes destination = incoming.bytes;
    boolean isTransferred =
        outgoing.transferable != null
            && incoming.transferable != null
            && source.space().equals(destination.space());
    try {
      if (!isTransferred) {
        source.copyTo(destination, settings.partBytes());
      } else if (!source.isOpen() || !destination.isOpen()) {
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
  long nextPartEnd(Transfer outgoing) {
    return outgoing.tensor().bytes();
  }

  @Override
  long bytesInFlight() {
    return sends.values().stream().mapToLong(outgoing -> outgoing.tensor().bytes()).sum();
  }

  @Override
  String awaitedBySender(Transfer outgoing) {
    return "its receiver";
  }

  @Override
  public void close() {}
}
