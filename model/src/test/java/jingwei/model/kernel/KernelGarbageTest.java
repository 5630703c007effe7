package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.Test;

/**
 * Compiled kernels allocate almost nothing on the heap. A vector that the compiler does not keep in
 * a register becomes an object: a gigabyte of them per step, and a kernel thirty times slower.
 */
class KernelGarbageTest {
  private static final int TOKENS = 64;
  private static final int WIDTH = 96;
  private static final int HEADS = 3;
  private static final int CALLS = 20;
  private static final int MOST_ROUNDS = 2_000;

  /** A few views and arguments; one vector for each token would be six times that. */
  private static final long BYTES_A_CALL = 4096;

  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Matrices matrices = new Matrices(memory, 5);

  @Test
  void compiledKernelsBoxNoVector() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (Map.Entry<String, Runnable> kernel : kernels().entrySet()) {
      long bytes = Long.MAX_VALUE;
      for (int round = 0; round < MOST_ROUNDS && bytes > CALLS * BYTES_A_CALL; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int call = 0; call < CALLS; call++) {
          kernel.getValue().run();
        }
        bytes = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertTrue(
          bytes <= CALLS * BYTES_A_CALL,
          "%s allocates %d bytes a call, however often it runs"
              .formatted(kernel.getKey(), bytes / CALLS));
    }
    memory.close();
  }

  private Map<String, Runnable> kernels() {
    Kernels fast = new VectorKernels(memory);
    Matrix x = matrices.random(TOKENS, WIDTH);
    Matrix y = matrices.random(TOKENS, WIDTH);
    Matrix z = matrices.random(TOKENS, WIDTH);
    Matrix q = matrices.random(TOKENS, WIDTH);
    Matrix k = matrices.random(TOKENS, WIDTH);
    Matrix v = matrices.random(TOKENS, WIDTH);
    Matrix dq = matrices.random(TOKENS, WIDTH);
    Matrix dk = matrices.random(TOKENS, WIDTH);
    Matrix dv = matrices.random(TOKENS, WIDTH);
    Matrix row = matrices.random(1, WIDTH);
    Matrix other = matrices.random(1, WIDTH);
    Matrix zero = memory.matrix(x.type(), 1, WIDTH);
    Matrix statistics = matrices.random(TOKENS, 2);
    Matrix logSumExp = matrices.random(TOKENS, HEADS);
    Matrix square = matrices.random(WIDTH, WIDTH);
    int[] targets = new int[TOKENS];
    Segments segments = Segments.of(new int[] {0, 40, TOKENS});
    double[] losses = new double[TOKENS];
    AdamStep step =
        new AdamStep(
            1e-6,
            new AdamStep.Moment(0.9, 0.9, 0.5),
            new AdamStep.Moment(0.95, 0.95, 0.5),
            1e-8,
            0,
            1);
    Matrix first = matrices.random(TOKENS, WIDTH);
    Matrix second = memory.matrix(x.type(), TOKENS, WIDTH);
    Map<String, Runnable> all = new LinkedHashMap<>();
    all.put("multiply", () -> fast.multiply(x, false, square, false, y, false));
    all.put("layerNorm", () -> fast.layerNorm(x, row, other, 1e-5, y, statistics));
    all.put(
        "layerNormBackward",
        () ->
            fast.layerNormBackward(
                x, statistics, row, z, y, false, dq.rows(0, 1), dk.rows(0, 1), false));
    all.put("biasGelu", () -> fast.biasGelu(x, zero, y));
    all.put("geluBackward", () -> fast.geluBackward(x, z, y));
    all.put("sumRows", () -> fast.sumRows(x, other, false));
    all.put("attention", () -> fast.attention(q, k, v, segments, HEADS, y, logSumExp));
    all.put(
        "attentionBackward",
        () -> fast.attentionBackward(q, k, v, segments, HEADS, y, logSumExp, z, dq, dk, dv));
    all.put("crossEntropy", () -> fast.crossEntropy(y, targets, 0, 1, losses));
    all.put("sumOfSquares", () -> fast.sumOfSquares(x));
    all.put("adam", () -> fast.adam(y, z, first, second, step));
    return all;
  }
}
