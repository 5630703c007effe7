package jingwei.model.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Plain host memory: the space of the CPU. Its copies are done when the call returns. */
public final class HostSpace implements MemorySpace {
  /** The only one, since there is only one host memory in a process. */
  public static final HostSpace INSTANCE = new HostSpace();

  private static final Completion DONE = new Done();

  private HostSpace() {}

  @Override
  public String name() {
    return "host";
  }

  @Override
  public boolean isHost() {
    return true;
  }

  @Override
  public Blocks newBlocks() {
    return new ArenaBlocks();
  }

  @Override
  public Completion copyIn(MemorySegment from, Matrix to, long toByte) {
    MemorySegment.copy(from, 0, to.segment(), toByte, from.byteSize());
    return DONE;
  }

  @Override
  public Completion copyOut(Matrix from, long fromByte, MemorySegment to) {
    MemorySegment.copy(from.segment(), fromByte, to, 0, to.byteSize());
    return DONE;
  }

  /** Small blocks of the C library, and large ones one after the other in mappings. */
  private static final class ArenaBlocks implements Blocks {
    private static final long LEAST_MAPPED_BYTES = 256L << 10;
    private static final long MAPPING_BYTES = 64L << 20;

    private final Arena arena;
    private final List<Mapping> mappings = new ArrayList<>();

    /** Of the last mapping, where the next block begins. */
    private long next;

    private long end;

    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    ArenaBlocks() {
      arena = Arena.ofShared();
    }

    @Override
    public MemorySegment allocate(long bytes) {
      return bytes < LEAST_MAPPED_BYTES
          ? arena.allocate(bytes, NativeMemory.ALIGNMENT_BYTES)
          : mapped(bytes);
    }

    @SuppressWarnings("restricted")
    private MemorySegment mapped(long bytes) {
      if (bytes > end - next) {
        Mapping mapping = Mapping.of(Math.max(bytes, MAPPING_BYTES));
        mappings.add(mapping);
        next = mapping.address();
        end = next + mapping.bytes();
      }
      MemorySegment block = MemorySegment.ofAddress(next).reinterpret(bytes, arena, null);
      next += bytes;
      return block;
    }

    @Override
    public void close() {
      arena.close();
      mappings.forEach(Mapping::unmap);
    }
  }

  private static final class Done implements Completion {
    @Override
    public boolean isDone() {
      return true;
    }

    @Override
    public void await() {}
  }
}
