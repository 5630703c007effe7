package jingwei.model.memory;

import java.lang.foreign.MemorySegment;
import jingwei.model.library.JavaCppFolder;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One block of native memory and its view for ND4J. The view is created on first use and kept alive
 * with the block.
 */
final class Storage {
  final MemorySegment segment;
  final ElementType type;
  private DataBuffer buffer;

  Storage(MemorySegment segment, ElementType type) {
    this.segment = segment;
    this.type = type;
  }

  synchronized DataBuffer nd4jBuffer() {
    if (buffer == null) {
      JavaCppFolder.choose();
      Pointer bytes = new AddressOf(segment);
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
