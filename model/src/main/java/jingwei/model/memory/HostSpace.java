package jingwei.model.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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

  private static final class ArenaBlocks implements Blocks {
    private final Arena arena;

    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    ArenaBlocks() {
      arena = Arena.ofShared();
    }

    @Override
    public MemorySegment allocate(long bytes) {
      return arena.allocate(bytes, NativeMemory.ALIGNMENT_BYTES);
    }

    @Override
    public void close() {
      arena.close();
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
