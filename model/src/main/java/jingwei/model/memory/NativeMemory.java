package jingwei.model.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory under one budget, in plain host memory or in the {@link MemorySpace} of another backend.
 * Jingwei allocates memory for tensors only here.
 *
 * <p>Every block is zeroed and aligned to 64 bytes, so that vector loads and views by other
 * libraries never straddle cache lines. Any thread may read and write a block; the owner of the
 * block decides when. {@link #close()} frees all blocks together, and no view of them may be used
 * afterwards. Allocation is synchronized: it happens while a model is built and during warm-up, not
 * in a step.
 */
public final class NativeMemory implements AutoCloseable {
  /** Alignment of every block and of every named tensor in a flat buffer, in bytes. */
  public static final int ALIGNMENT_BYTES = 64;

  private final String name;
  private final long budgetBytes;
  private final MemorySpace space;
  private final Blocks blocks;
  private final List<Runnable> closings = new ArrayList<>();
  private long usedBytes;
  private boolean isClosed;

  /**
   * Plain host memory.
   *
   * @param name purpose of the memory, used in messages: {@code device}, {@code host}
   * @param budgetBytes most bytes in use at once
   */
  public NativeMemory(String name, long budgetBytes) {
    this(name, budgetBytes, HostSpace.INSTANCE);
  }

  /** The same in a space. */
  public NativeMemory(String name, long budgetBytes, MemorySpace space) {
    this(name, budgetBytes, space, space.newBlocks());
  }

  private NativeMemory(String name, long budgetBytes, MemorySpace space, Blocks blocks) {
    this.name = name;
    this.budgetBytes = budgetBytes;
    this.space = space;
    this.blocks = blocks;
  }

  /**
   * Counts allocations without allocating, to find out what a model needs before it is built. Its
   * blocks have sizes and addresses but no bytes; writing to one throws.
   */
  public static NativeMemory counting(String name) {
    return new NativeMemory(name, Long.MAX_VALUE, HostSpace.INSTANCE, new CountingBlocks());
  }

  /** Plain host memory without a budget of its own, bounded by the machine. */
  public static NativeMemory unbounded(String name) {
    return new NativeMemory(name, Long.MAX_VALUE);
  }

  /**
   * A new contiguous matrix of zeros.
   *
   * @throws OutOfBudgetException if the matrix exceeds the budget
   */
  public Matrix matrix(ElementType type, long rows, long columns) {
    MemorySegment segment =
        block(Math.multiplyExact(Math.multiplyExact(rows, columns), type.bytes()));
    return new Matrix(
        new Storage(space, segment, type),
        0,
        Math.toIntExact(rows),
        Math.toIntExact(columns),
        columns);
  }

  /**
   * A block of zeroed bytes, aligned to {@value #ALIGNMENT_BYTES}; see {@link Blocks#allocate} for
   * other spaces than the host's.
   */
  public synchronized MemorySegment block(long bytes) {
    long rounded = rounded(bytes);
    if (rounded > budgetBytes - usedBytes) {
      throw new OutOfBudgetException(name, rounded, budgetBytes - usedBytes, budgetBytes);
    }
    MemorySegment segment = blocks.allocate(rounded);
    usedBytes += rounded;
    return segment;
  }

  /** Where all blocks are. */
  public MemorySpace space() {
    return space;
  }

  /**
   * Adds an action that {@link #close()} runs first, to free resources that depend on this memory.
   */
  public synchronized void closesToo(Runnable closing) {
    closings.add(closing);
  }

  /** Bytes in use; the number does not shrink before {@link #close()}. */
  public synchronized long usedBytes() {
    return usedBytes;
  }

  public long budgetBytes() {
    return budgetBytes;
  }

  @Override
  public synchronized void close() {
    if (!isClosed) {
      closings.forEach(Runnable::run);
      closings.clear();
      blocks.close();
      usedBytes = 0;
      isClosed = true;
    }
  }

  /** Bytes that a block of this size takes. */
  public static long rounded(long bytes) {
    return Math.max(ALIGNMENT_BYTES, roundUp(bytes));
  }

  private static long roundUp(long bytes) {
    return (bytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
  }
}
