package jingwei.bench;

import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The fastest product that these kernels make here: what a step that did nothing else would run at.
 */
final class ProductLimit implements AutoCloseable {
  private static final int SIZE = 1024;
  private static final int TIMES = 20;

  private final NativeMemory memory = NativeMemory.unbounded("limit");
  private final Kernels kernels = new VectorKernels(memory);
  private final Matrix a = memory.matrix(ElementType.FLOAT32, SIZE, SIZE);
  private final Matrix b = memory.matrix(ElementType.FLOAT32, SIZE, SIZE);
  private final Matrix c = memory.matrix(ElementType.FLOAT32, SIZE, SIZE);

  double flopPerSecond() {
    kernels.fill(a, 0.5);
    kernels.fill(b, 0.25);
    kernels.multiply(a, false, b, false, c, false);
    double best = 0;
    for (int i = 0; i < TIMES; i++) {
      long start = System.nanoTime();
      kernels.multiply(a, false, b, false, c, false);
      best = Math.max(best, 2.0 * SIZE * SIZE * SIZE / ((System.nanoTime() - start) / 1e9));
    }
    return best;
  }

  @Override
  public void close() {
    memory.close();
  }
}
