package jingwei.model.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Memory of the CPU behind a wall, for tests: only the kernels and copies of this space reach its
 * bytes, and everybody else gets an exception. A missing copy is found without a GPU. A copy does
 * nothing until somebody waits for it, or asks a second time whether it is done.
 */
public final class WalledSpace implements MemorySpace {
  /** Added to each address, so that no CPU can use it. */
  private static final long WALL = Long.MIN_VALUE;

  private final ConcurrentNavigableMap<Long, MemorySegment> blocks = new ConcurrentSkipListMap<>();

  @Override
  public String name() {
    return "walled";
  }

  @Override
  public Blocks newBlocks() {
    return new WalledBlocks();
  }

  @Override
  public Completion copyIn(MemorySegment from, Matrix to, long toByte) {
    to.requireBytes(toByte, from.byteSize());
    Matrix inside = inside(to);
    return new Copy(() -> inside.write(toByte, from));
  }

  @Override
  public Completion copyOut(Matrix from, long fromByte, MemorySegment to) {
    from.requireBytes(fromByte, to.byteSize());
    Matrix inside = inside(from);
    return new Copy(() -> inside.read(fromByte, to));
  }

  /**
   * The same bytes as plain host memory, for the kernels of this space.
   *
   * @throws IllegalStateException if the matrix is in another space, or its memory is closed
   */
  public Matrix inside(Matrix walled) {
    if (walled.space() != this) {
      throw new IllegalStateException(
          "kernels and copies of the walled space were given memory of the %s space: %s"
              .formatted(walled.space().name(), walled));
    }
    Map.Entry<Long, MemorySegment> block = blocks.floorEntry(walled.addressInSpace());
    long offset = block == null ? -1 : walled.addressInSpace() - block.getKey();
    if (offset < 0 || offset > block.getValue().byteSize()) {
      throw new IllegalStateException("the memory of %s is closed".formatted(walled));
    }
    return new Matrix(
        new Storage(HostSpace.INSTANCE, block.getValue(), walled.type()),
        offset / walled.type().bytes(),
        walled.rows(),
        walled.columns(),
        walled.rowStride());
  }

  private final class WalledBlocks implements Blocks {
    private final Arena arena = Arena.ofShared();
    private final List<Long> addresses = new ArrayList<>();

    @Override
    public MemorySegment allocate(long bytes) {
      MemorySegment block = arena.allocate(bytes, NativeMemory.ALIGNMENT_BYTES);
      long address = WALL + block.address();
      blocks.put(address, block);
      addresses.add(address);
      return MemorySegment.ofAddress(address);
    }

    @Override
    public void close() {
      addresses.forEach(blocks::remove);
      arena.close();
    }
  }

  private static final class Copy implements Completion {
    private Runnable copy;
    private boolean wasAsked;

    Copy(Runnable copy) {
      this.copy = copy;
    }

    @Override
    public boolean isDone() {
      if (wasAsked) {
        await();
      }
      wasAsked = true;
      return copy == null;
    }

    @Override
    public void await() {
      if (copy != null) {
        copy.run();
        copy = null;
      }
    }
  }
}
