package jingwei.model.kernel;

import jingwei.model.memory.MemorySpace;
import jingwei.model.memory.NativeMemory;

/**
 * What computes: a memory space with its copies, and kernels for workers. The CPU is one ({@link
 * CpuBackend}); {@code docs/backend.md} says what the author of another one implements.
 * Thread-safe.
 */
public interface Backend {
  /** Name for messages, such as {@code cpu}. */
  String name();

  /** Where the matrices are that the kernels compute on; always the same object. */
  MemorySpace space();

  /**
   * A new memory in the space of this backend.
   *
   * @param name purpose of the memory, used in messages
   * @param budgetBytes most bytes in use at once
   */
  default NativeMemory memory(String name, long budgetBytes) {
    return new NativeMemory(name, budgetBytes, space());
  }

  /**
   * Kernels for one worker.
   *
   * @param scratch memory of this backend, or one that only counts
   * @param largestSide elements of the largest side of a product
   * @throws jingwei.model.UserException if the backend does not support the precision here
   */
  Kernels kernels(Precision precision, NativeMemory scratch, long largestSide);

  /** The {@link Kernels#fingerprint} of these kernels on this machine. */
  String fingerprint(Precision precision);
}
