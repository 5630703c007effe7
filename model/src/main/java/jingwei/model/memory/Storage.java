package jingwei.model.memory;

import java.lang.foreign.MemorySegment;
import jingwei.model.library.JavaCppFolder;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One block of memory in a space and, in plain host memory, its view for ND4J. The view is created
 * on first use and kept alive with the block.
 */
final class Storage {
  final MemorySpace space;
  final ElementType type;

  /** Address as the kernels of the space know it. */
  final long address;

  private final MemorySegment segment;
  private final boolean isHost;
  private DataBuffer buffer;

  /**
   * @param segment as {@link Blocks#allocate} returned it
   */
  Storage(MemorySpace space, MemorySegment segment, ElementType type) {
    this.space = space;
    this.segment = segment;
    this.type = type;
    address = segment.address();
    isHost = space.isHost();
  }

  /**
   * The bytes in plain host memory.
   *
   * @throws IllegalStateException if the block is in another space
   */
  MemorySegment bytes() {
    requireHost();
    return segment;
  }

  /** Throws unless the block is plain host memory. */
  void requireHost() {
    if (!isHost) {
      throw new IllegalStateException(
          "memory of the %s space was touched outside of its kernels and copies"
              .formatted(space.name()));
    }
  }

  synchronized DataBuffer nd4jBuffer() {
    if (buffer == null) {
      JavaCppFolder.choose();
      Pointer bytes = new AddressOf(bytes());
      long length = segment.byteSize() / type.bytes();
      Pointer elements =
          switch (type) {
            case FLOAT32 -> new FloatPointer(bytes).capacity(length);
            case FLOAT64 -> new DoublePointer(bytes).capacity(length);
          };
      buffer = Nd4j.createBuffer(elements, length, type.nd4jType());
    }
    return buffer;
  }

  /** Points at a segment without owning it; holds the segment so that it outlives every view. */
  private static final class AddressOf extends Pointer {
    @SuppressWarnings("UnusedVariable") // only reachable, never read
    private final MemorySegment owner;

    AddressOf(MemorySegment owner) {
      this.owner = owner;
      this.address = owner.address();
    }
  }
}
