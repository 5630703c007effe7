package jingwei.actors.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Host memory for one part of a tensor that is not in host memory; grows to the largest part. */
final class Staging {
  private MemorySegment room = MemorySegment.NULL;

  /** The first bytes of the buffer; valid until the next call. */
  MemorySegment room(int bytes) {
    if (bytes > room.byteSize()) {
      room = Arena.ofAuto().allocate(bytes, Long.BYTES);
    }
    return room.asSlice(0, bytes);
  }
}
