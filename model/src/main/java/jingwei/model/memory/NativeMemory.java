package jingwei.model.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory outside the Java heap under one budget. Jingwei allocates memory for tensors only here.
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
  private final Arena arena;
  private final boolean isOnlyCounting;
  private final List<Runnable> closings = new ArrayList<>();
  private long usedBytes;

  /**
   * @param name purpose of the memory, used in messages: {@code device}, {@code host}
   * @param budgetBytes most bytes in use at once
   */
  public NativeMemory(String name, long budgetBytes) {
    this(name, budgetBytes, false);
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  private NativeMemory(String name, long budgetBytes, boolean isOnlyCounting) {
    this.name = name;
    this.budgetBytes = budgetBytes;
    this.isOnlyCounting = isOnlyCounting;
    this.arena = Arena.ofShared();
  }

  /**
   * Counts allocations without allocating, to find out what a model needs before it is built. Its
   * blocks have sizes and addresses but no bytes; writing to one throws.
   */
  public static NativeMemory counting(String name) {
    return new NativeMemory(name, Long.MAX_VALUE, true);
  }

  /** Memory without a budget of its own, bounded by the machine. */
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
        new Storage(segment, type), 0, Math.toIntExact(rows), Math.toIntExact(columns), columns);
  }

  /** A block of zeroed bytes, aligned to {@value #ALIGNMENT_BYTES}. */
  public synchronized MemorySegment block(long bytes) {
    long rounded = rounded(bytes);
    if (rounded > budgetBytes - usedBytes) {
      throw new OutOfBudgetException(name, rounded, budgetBytes - usedBytes, budgetBytes);
    }
    MemorySegment segment =
        isOnlyCounting ? nowhere(rounded) : arena.allocate(rounded, ALIGNMENT_BYTES);
    usedBytes += rounded;
    return segment;
  }

  @SuppressWarnings("restricted") // read-only, and never read: nothing was written
  private static MemorySegment nowhere(long bytes) {
    return MemorySegment.ofAddress(ALIGNMENT_BYTES).reinterpret(bytes).asReadOnly();
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
    if (arena.scope().isAlive()) {
      closings.forEach(Runnable::run);
      closings.clear();
      arena.close();
      usedBytes = 0;
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
