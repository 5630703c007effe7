package jingwei.model.memory;

import java.lang.foreign.MemorySegment;

/**
 * Memory that the same kernels and copies can reach: plain host memory ({@link HostSpace}), or the
 * memory of one GPU. Only kernels of a space and the copies here touch its bytes; plain host memory
 * may be touched by everybody.
 *
 * <p>Two matrices are in the same space if both return an equal object from {@link Matrix#space()}.
 * Thread-safe.
 */
public interface MemorySpace {
  /** Name for messages, such as {@code host}. */
  String name();

  /** Whether this is plain host memory, so that {@link Matrix#segment()} gives its bytes. */
  default boolean isHost() {
    return false;
  }

  /** The blocks of a new memory in this space. */
  Blocks newBlocks();

  /**
   * Starts to copy plain host memory into a matrix of this space. Nobody may touch either side
   * until the copy is done. A copy is not ordered with kernels: whoever starts it has waited for
   * the kernels that use the matrix.
   *
   * @param from native memory of the host
   * @param to contiguous
   * @param toByte offset of the first byte in the matrix
   * @throws IndexOutOfBoundsException if the bytes do not fit
   * @throws IllegalStateException if the matrix is in another space or its memory is closed
   */
  Completion copyIn(MemorySegment from, Matrix to, long toByte);

  /**
   * Starts to copy bytes of a matrix of this space to plain host memory; as many as the segment
   * holds. The rules are those of {@link #copyIn}.
   *
   * @param from contiguous
   * @param fromByte offset of the first byte in the matrix
   * @param to native memory of the host
   * @throws IndexOutOfBoundsException if the matrix has fewer bytes
   * @throws IllegalStateException if the matrix is in another space or its memory is closed
   */
  Completion copyOut(Matrix from, long fromByte, MemorySegment to);
}
