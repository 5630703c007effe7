package jingwei.actors.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jingwei.model.memory.HostSpace;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.MemorySpace;

/** The bytes of a tensor on loan: plain host memory, or the memory of a device's own space. */
public sealed interface TensorBytes {
  /** Plain host memory, which is read and written in place. */
  record Host(MemorySegment segment) implements TensorBytes {}

  /** Memory that only copies of its backend reach. */
  record InSpace(Matrix matrix) implements TensorBytes {}

  /**
   * @param matrix contiguous
   */
  static TensorBytes of(Matrix matrix) {
    return matrix.space().isHost() ? new Host(matrix.segment()) : new InSpace(matrix);
  }

  /** The same bytes for a reader; nothing protects memory of another space. */
  default TensorBytes asReadOnly() {
    return this instanceof Host(MemorySegment segment) ? new Host(segment.asReadOnly()) : this;
  }

  /** Number of bytes. */
  default long size() {
    return switch (this) {
      case Host(MemorySegment segment) -> segment.byteSize();
      case InSpace(Matrix matrix) -> matrix.size() * matrix.type().bytes();
    };
  }

  /** Where the bytes are. */
  default MemorySpace space() {
    return switch (this) {
      case Host host -> HostSpace.INSTANCE;
      case InSpace(Matrix matrix) -> matrix.space();
    };
  }

  /** False if it is known that the memory is closed; a copy of another space finds out itself. */
  default boolean isOpen() {
    return !(this instanceof Host(MemorySegment segment)) || segment.scope().isAlive();
  }

  /**
   * Copies all bytes and waits: directly if one side is plain host memory, otherwise part by part.
   *
   * @throws IllegalStateException if either memory is closed
   */
  default void copyTo(TensorBytes destination, int partBytes) {
    if (destination instanceof Host(MemorySegment to)) {
      read(0, to);
    } else if (this instanceof Host(MemorySegment from)) {
      destination.write(0, from);
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment staging = arena.allocate(Math.min(partBytes, size()), Long.BYTES);
        for (long at = 0; at < size(); at += partBytes) {
          MemorySegment part = staging.asSlice(0, Math.min(partBytes, size() - at));
          read(at, part);
          destination.write(at, part);
        }
      }
    }
  }

  private void read(long from, MemorySegment into) {
    switch (this) {
      case Host(MemorySegment segment) ->
          MemorySegment.copy(segment, from, into, 0, into.byteSize());
      case InSpace(Matrix matrix) -> matrix.read(from, into);
    }
  }

  private void write(long to, MemorySegment from) {
    switch (this) {
      case Host(MemorySegment segment) -> MemorySegment.copy(from, 0, segment, to, from.byteSize());
      case InSpace(Matrix matrix) -> matrix.write(to, from);
    }
  }
}
