package jingwei.bench.transport;

import java.lang.foreign.MemorySegment;

/**
 * A route for tensors from the memory of one actor to that of another. The bytes are native on both
 * sides, as weights and gradients are. A route makes the copies that it needs in between.
 */
interface TensorRoute extends AutoCloseable {
  /** The name in reports. */
  String name();

  /**
   * Starts to send a tensor.
   *
   * @param arrived run when the receiver has it in its memory
   */
  void send(MemorySegment from, MemorySegment to, Runnable arrived);

  @Override
  void close();
}
