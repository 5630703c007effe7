package jingwei.model.memory;

import java.lang.foreign.MemorySegment;

/** Blocks with sizes and addresses but without bytes, for {@link NativeMemory#counting}. */
final class CountingBlocks implements Blocks {
  @Override
  @SuppressWarnings("restricted") // read-only, and never read: nothing was written
  public MemorySegment allocate(long bytes) {
    return MemorySegment.ofAddress(NativeMemory.ALIGNMENT_BYTES).reinterpret(bytes).asReadOnly();
  }

  @Override
  public void close() {}
}
