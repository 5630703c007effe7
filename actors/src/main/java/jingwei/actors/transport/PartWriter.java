package jingwei.actors.transport;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import java.lang.foreign.MemorySegment;
import jingwei.model.memory.Matrix;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes tensors to the log to a node, one after the other, part by part: the checksum first, which
 * brings the part into the cache, then the copy. A part that is not in host memory is first copied
 * to a staging buffer. Belongs to the transport thread.
 */
final class PartWriter {
  private final int sender;
  private final int partBytes;
  private final UnsafeBuffer header = new UnsafeBuffer(new byte[PartHeader.BYTES]);
  private final UnsafeBuffer part = new UnsafeBuffer(0, 0);
  private final Staging staging = new Staging();

  /** The transfer whose part is in the buffers and not yet in the log; null if there is none. */
  private Transfer prepared;

  /** Of the tensor that was prepared last. */
  private TensorHeader tensor;

  /**
   * @param sender node that writes
   */
  PartWriter(int sender, int partBytes) {
    this.sender = sender;
    this.partBytes = partBytes;
  }

  /**
   * Offers the next part.
   *
   * @return its bytes, or 0 if the log has no room for it now
   * @throws IllegalStateException if the source is closed
   * @throws TransportException if the log takes no more parts
   */
  int offer(Transfer outgoing, ExclusivePublication log) {
    if (prepared != outgoing) {
      prepare(outgoing);
    }
    if (!outgoing.bytes.isOpen()) {
      throw new IllegalStateException("closed while on loan");
    }
    long position = log.offer(header, 0, PartHeader.BYTES, part, 0, part.capacity(), null);
    if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
      throw new TransportException(
          "the tensor log takes no more parts: " + Publication.errorString(position));
    }
    if (position < 0) {
      return 0;
    }
    prepared = null;
    return part.capacity();
  }

  private void prepare(Transfer outgoing) {
    int bytes = (int) Math.min(partBytes, outgoing.tensor().bytes() - outgoing.movedBytes);
    MemorySegment source = inHostMemory(outgoing, bytes);
    outgoing.crc.update(source.asByteBuffer());
    if (outgoing.movedBytes == 0) {
      tensor = TensorHeader.of(outgoing.tensor(), sender);
    }
    new PartHeader(tensor, outgoing.movedBytes, bytes, (int) outgoing.crc.getValue()).write(header);
    part.wrap(source.address(), bytes);
    prepared = outgoing;
  }

  private MemorySegment inHostMemory(Transfer outgoing, int bytes) {
    return switch (outgoing.bytes) {
      case TensorBytes.Host(MemorySegment all) -> all.asSlice(outgoing.movedBytes, bytes);
      case TensorBytes.InSpace(Matrix matrix) -> {
        MemorySegment room = staging.room(bytes);
        matrix.read(outgoing.movedBytes, room);
        yield room;
      }
    };
  }
}
