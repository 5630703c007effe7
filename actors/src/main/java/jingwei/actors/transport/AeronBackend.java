package jingwei.actors.transport;

import java.util.Iterator;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.PartReader.Decision;

/** Carries tensors through the log of the node. Belongs to the transport thread. */
final class AeronBackend extends TransportBackend implements PartReader.Receivers {
  private static final int FRAGMENTS_PER_ROUND = 64;

  private final AeronLog log;
  private final PartWriter writer;
  private final PartReader reader = new PartReader(this);

  private long writtenBytes;
  private long readBytes;
  private long roundNanos;

  /** The part at the head of the log that no receiver has asked for; null if there is none. */
  private PartHeader waiting;

  private long waitingSinceNanos;

  private AeronBackend(
      TransportSettings settings,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress,
      AeronLog log) {
    super(settings, loans, statistics, progress);
    this.log = log;
    this.writer = new PartWriter(log.publication(), settings.partBytes());
  }

  /**
   * Starts a driver and opens the log.
   *
   * @throws TransportException if that fails or there is no room
   */
  static AeronBackend open(
      TransportSettings settings,
      BufferLoans loans,
      TransportStatistics statistics,
      Progress progress,
      LogFolder.FreeSpace freeSpace) {
    AeronLog log = AeronLog.open(LogFolder.make(settings, freeSpace), settings.termBytes());
    return new AeronBackend(settings, loans, statistics, progress, log);
  }

  /** One part in and out a round, so that it is read while it is in the cache. */
  @Override
  int carry(long nowNanos) {
    roundNanos = nowNanos;
    int moved = write();
    moved += log.subscription().controlledPoll(reader, FRAGMENTS_PER_ROUND);
    return moved + log.run();
  }

  private int write() {
    Iterator<Outgoing> first = sends.values().iterator();
    if (!first.hasNext()) {
      return 0;
    }
    Outgoing outgoing = first.next();
    try {
      int bytes = writer.offer(outgoing);
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

  private void written(Outgoing outgoing, int bytes) {
    progress.made();
    writtenBytes += bytes;
    outgoing.sentBytes += bytes;
    outgoing.sinceNanos = roundNanos;
    if (outgoing.sentBytes == outgoing.tensor().bytes()) {
      sent(outgoing);
    }
  }

  @Override
  public Decision begin(PartHeader header) {
    Incoming incoming = receives.get(header.transfer());
    if (incoming != null) {
      waiting = null;
      return take(header, incoming);
    }
    if (header.offset() > 0 || isGivenUp(header.transfer())) {
      waiting = null;
      return Decision.Other.SKIP;
    }
    return await(header);
  }

  private Decision take(PartHeader header, Incoming incoming) {
    String mismatch = header.mismatch(incoming.tensor());
    if (mismatch == null && header.offset() != incoming.arrivedBytes) {
      mismatch =
          "a part is missing: offset=%d arrivedBytes=%d"
              .formatted(header.offset(), incoming.arrivedBytes);
    }
    if (mismatch == null) {
      return new Decision.Take(incoming);
    }
    fail(incoming, mismatch);
    return Decision.Other.SKIP;
  }

  private Decision await(PartHeader header) {
    if (waiting == null || waiting.transfer() != header.transfer()) {
      waiting = header;
      waitingSinceNanos = roundNanos;
    }
    if (leftNanos(waitingSinceNanos, roundNanos) > 0) {
      return Decision.Other.WAIT;
    }
    waiting = null;
    statistics.tensorsSkipped++;
    String reason =
        "transfer=%d (bytes=%d version=%d) waited %d ms in the log for its receiver"
            .formatted(
                header.transfer(),
                header.tensorBytes(),
                header.version(),
                settings.deadlineMillis());
    giveUp(header.transfer(), reason);
    Outgoing outgoing = sends.get(header.transfer());
    if (outgoing != null) {
      fail(outgoing, reason);
    }
    return Decision.Other.SKIP;
  }

  @Override
  public void complete(PartHeader header, Incoming incoming) {
    progress.made();
    readBytes += header.partBytes();
    incoming.crc.update(
        incoming.destination.asSlice(header.offset(), header.partBytes()).asByteBuffer());
    incoming.arrivedBytes += header.partBytes();
    incoming.sinceNanos = roundNanos;
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
  public void unusable(Incoming incoming, String reason) {
    fail(incoming, reason);
  }

  @Override
  public void skipped(PartHeader header) {
    readBytes += header.partBytes();
  }

  @Override
  public void invalid() {
    statistics.invalidParts++;
  }

  @Override
  long judge(long nowNanos) {
    long rest = super.judge(nowNanos);
    return waiting == null
        ? rest
        : Math.max(1, Math.min(rest, leftNanos(waitingSinceNanos, nowNanos)));
  }

  @Override
  long bytesInFlight() {
    long unwritten = sends.values().stream().mapToLong(o -> o.tensor().bytes() - o.sentBytes).sum();
    return unwritten + writtenBytes - readBytes;
  }

  @Override
  String awaitedBySender() {
    return waiting == null
        ? "room in the log"
        : "room in the log, where transfer=%d waits for its receiver".formatted(waiting.transfer());
  }

  @Override
  public void close() {
    log.close();
  }
}
