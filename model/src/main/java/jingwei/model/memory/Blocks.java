package jingwei.model.memory;

import java.lang.foreign.MemorySegment;

/** The blocks of one {@link NativeMemory}, all in one {@link MemorySpace}. */
public interface Blocks extends AutoCloseable {
  /**
   * Allocates a block of zeros.
   *
   * @param bytes a multiple of {@link NativeMemory#ALIGNMENT_BYTES}, which the block is aligned to
   * @return the bytes in plain host memory; in another space, a segment of length 0 at the address
   *     by which the kernels of that space know the block
   */
  MemorySegment allocate(long bytes);

  /** Frees all blocks. */
  @Override
  void close();
}
