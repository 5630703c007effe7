package jingwei.bench.transport;

import java.lang.foreign.MemorySegment;

/**
 * A way for tensors from the memory of one actor to that of another. The bytes are native on both
 * sides, as weights and gradients are; whatever copies a way needs in between are its own.
 */
interface TensorRoute extends AutoCloseable {
  /** As it stands in reports. */
  String name();

  /**
   * Begins to send a tensor.
   *
   * @param arrived run when the receiver has it in its memory
   */
  void send(MemorySegment from, MemorySegment to, Runnable arrived);

  @Override
  void close();
}
