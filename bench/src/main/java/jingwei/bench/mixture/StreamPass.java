package jingwei.bench.mixture;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;

/**
 * A plain pass over memory with the streams of Adam: it reads four and writes three of them, and
 * computes almost nothing. Its time is a lower bound for Adam on the same threads.
 */
final class StreamPass {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  @SuppressWarnings("restricted") // bounds are checked once for each matrix
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private StreamPass() {}

  /**
   * Adds a factor times g to w, m and v.
   *
   * @param w contiguous, as the others, in plain host memory
   * @param factor 0 to leave all values as they are
   */
  static void run(Matrix w, Matrix g, Matrix m, Matrix v, float factor) {
    for (Matrix each : new Matrix[] {w, g, m, v}) {
      if (each.size() != w.size() || each.type() != ElementType.FLOAT32 || !each.isContiguous()) {
        throw new IllegalArgumentException(w + " " + each);
      }
    }
    run(w.address(), g.address(), m.address(), v.address(), Math.toIntExact(w.size()), factor);
  }

  private static void run(long w, long g, long m, long v, int n, float factor) {
    int whole = SPECIES.loopBound(n);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      long at = 4L * i;
      FloatVector change = load(g + at).mul(factor);
      load(w + at).add(change).intoMemorySegment(MEMORY, w + at, ORDER);
      load(m + at).add(change).intoMemorySegment(MEMORY, m + at, ORDER);
      load(v + at).add(change).intoMemorySegment(MEMORY, v + at, ORDER);
    }
  }

  private static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, MEMORY, address, ORDER);
  }
}
