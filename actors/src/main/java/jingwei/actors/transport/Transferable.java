package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;

/**
 * A buffer that can get to a receiver who shares its memory without a copy: when both ends lend
 * such a buffer to a transport by handover, the source says how.
 */
public interface Transferable {
  /** Where the bytes lie, or are to be put. */
  MemorySegment bytes();

  /** Gives the receiver these bytes; called in the transport's thread while both are lent. */
  void transferTo(Transferable receiver);
}
