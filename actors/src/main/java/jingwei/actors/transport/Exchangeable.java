package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;

/**
 * A buffer whose owner does not mind where in memory it lies.
 *
 * <p>When sender and receiver both lend such a buffer and share their memory, nothing is copied:
 * the receiver gets the memory with the tensor in it, and the sender what the receiver had there.
 */
public interface Exchangeable {
  /** Where it lies now. */
  MemorySegment bytes();

  /** Changes places with a buffer of the same kind and size. */
  void exchangeWith(Exchangeable other);
}
