package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.PartReader.Handling;

/** Moves tensors through the log of the node. Belongs to the transport thread. */
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

  /**
   * Moves one part in and one out in each round, so that a part is read while it is in the cache.
   */
  @Override
  int move(long nowNanos) {
    roundNanos = nowNanos;
    int moved = write();
    moved += log.subscription().controlledPoll(reader, FRAGMENTS_PER_ROUND);
    return moved + log.run();
  }

  private int write() {
    Iterator<Transfer> first = sends.values().iterator();
    if (!first.hasNext()) {
      return 0;
    }
    Transfer outgoing = first.next();
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

  private void written(Transfer outgoing, int bytes) {
    progress.made();
    writtenBytes += bytes;
    outgoing.moved(bytes, roundNanos);
    if (outgoing.isComplete()) {
      sent(outgoing);
    }
  }

  @Override
  public Handling begin(PartHeader header) {
    Transfer incoming = receives.get(header.transfer());
    if (incoming != null) {
      waiting = null;
      return take(header, incoming);
    }
    if (header.offset() > 0 || isGivenUp(header.transfer())) {
      waiting = null;
      return Handling.Other.SKIP;
    }
    return await(header);
  }

  private Handling take(PartHeader header, Transfer incoming) {
    String mismatch = header.mismatch(incoming.tensor());
    if (mismatch == null && header.offset() != incoming.movedBytes) {
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

  private Handling await(PartHeader header) {
    if (waiting == null || waiting.transfer() != header.transfer()) {
      waiting = header;
      waitingSinceNanos = roundNanos;
    }
    if (leftNanos(waitingSinceNanos, roundNanos) > 0) {
      return Handling.Other.WAIT;
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
    Transfer outgoing = sends.get(header.transfer());
    if (outgoing != null) {
      fail(outgoing, reason);
    }
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
  public void skipped(PartHeader header) {
    readBytes += header.partBytes();
  }

  @Override
  public void invalid() {
    statistics.invalidParts++;
  }

  @Override
  long checkDeadlines(long nowNanos) {
    long rest = super.checkDeadlines(nowNanos);
    return waiting == null
        ? rest
        : Math.max(1, Math.min(rest, leftNanos(waitingSinceNanos, nowNanos)));
  }

  @Override
  long bytesInFlight() {
    long unwritten =
        sends.values().stream().mapToLong(o -> o.tensor().bytes() - o.movedBytes).sum();
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
