package jingwei.actors.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/** A log to the inbox of a node that is written without a transport. */
final class StrayParts implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final Aeron aeron;
  private final ExclusivePublication publication;
  private final UnsafeBuffer header = new UnsafeBuffer(new byte[PartHeader.BYTES]);
  private final UnsafeBuffer part = new UnsafeBuffer(0, 0);

  StrayParts(Path driver, int to) {
    aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.toString()));
    NodeAddress address = NodeAddress.sameDriver(to);
    publication = aeron.addExclusivePublication(address.channel(), address.stream());
  }

  /** Writes a part of a tensor with the checksum that belongs there. */
  void write(TensorRef tensor, MemorySegment source, long offset, int bytes) {
    CRC32C crc = new CRC32C();
    crc.update(source.asSlice(0, offset + bytes).asByteBuffer());
    new PartHeader(TensorHeader.of(tensor, 0), offset, bytes, (int) crc.getValue()).write(header);
    part.wrap(source.address() + offset, bytes);
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (publication.offer(header, 0, PartHeader.BYTES, part, 0, bytes, null) < 0) {
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new AssertionError("the test waited for room in the log of a node");
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    aeron.close();
  }
}
