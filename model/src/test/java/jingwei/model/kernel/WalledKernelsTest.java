package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The walled kernels are the CPU's, late. */
class WalledKernelsTest {
  private static final int N = 37;
  private static final int D = 24;
  private static final int[] INDEX = {5, 0, 36, 5, 1};
  private static final Segments SEGMENTS = Segments.of(new int[] {0, 15, 15, N});
  private static final int[] ROWS = {N, D};
  private static final int[] ROW = {1, D};
  private static final int[] HEADS = {N, 3};
  private static final AdamStep ADAM =
      new AdamStep(
          1e-2,
          new AdamStep.Moment(0.9, 0.9, 0.5),
          new AdamStep.Moment(0.95, 0.95, 0.5),
          1e-8,
          0.1,
          0.7);

  private final NativeMemory host = NativeMemory.unbounded("host");
  private final WalledBackend backend = new WalledBackend();
  private final NativeMemory device = backend.memory("device", Long.MAX_VALUE);
  private final Kernels cpu = new CpuBackend().kernels(Precision.FP32, host, 0);
  private final Kernels walled = backend.kernels(Precision.FP32, device, 0);

  @AfterEach
  void close() {
    device.close();
    host.close();
  }

  interface Call {
    /** Results that are no matrices. */
    double[] run(Kernels kernels, Matrix[] x);
  }

  /**
   * A call of a kernel.
   *
   * @param shapes rows and columns of each matrix
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Case(String name, int[][] shapes, Call call) {
    @Override
    public String toString() {
      return name;
    }
  }

  interface Silent {
    void run(Kernels kernels, Matrix[] x);
  }

  private static Case of(String name, Silent call, int[]... shapes) {
    return new Case(
        name,
        shapes,
        (kernels, x) -> {
          call.run(kernels, x);
          return new double[0];
        });
  }

  static Stream<Case> calls() {
    return Stream.of(
        of(
            "multiply",
            (k, x) -> k.multiply(x[0], true, x[1], false, x[2], true),
            ROWS,
            ROWS,
            new int[] {D, D}),
        of("fill", (k, x) -> k.fill(x[0], 1.5), ROWS),
        of("copy", (k, x) -> k.copy(x[0], x[1]), ROWS, ROWS),
        of("add", (k, x) -> k.add(x[0], x[1]), ROWS, ROWS),
        of("broadcastRow", (k, x) -> k.broadcastRow(x[0], x[1]), ROW, ROWS),
        of("addRow", (k, x) -> k.addRow(x[0], x[1], x[2]), ROWS, ROW, ROWS),
        of("sumRows", (k, x) -> k.sumRows(x[0], x[1], true), ROWS, ROW),
        of(
            "layerNorm",
            (k, x) -> k.layerNorm(x[0], x[1], x[2], 1e-5, x[3], x[4]),
            ROWS,
            ROW,
            ROW,
            ROWS,
            new int[] {N, 2}),
        of(
            "layerNormBackward",
            (k, x) -> k.layerNormBackward(x[0], x[1], x[2], x[3], x[4], true, x[5], x[6], false),
            ROWS,
            new int[] {N, 2},
            ROW,
            ROWS,
            ROWS,
            ROW,
            ROW),
        of("biasGelu", (k, x) -> k.biasGelu(x[0], x[1], x[2]), ROWS, ROW, ROWS),
        of("geluBackward", (k, x) -> k.geluBackward(x[0], x[1], x[2]), ROWS, ROWS, ROWS),
        of("gatherRows", (k, x) -> k.gatherRows(x[0], INDEX, 1, x[1]), ROWS, new int[] {4, D}),
        of(
            "gatherAddRows",
            (k, x) -> k.gatherAddRows(x[0], INDEX, 1, x[1]),
            ROWS,
            new int[] {4, D}),
        of(
            "scatterAddRows",
            (k, x) -> k.scatterAddRows(x[0], INDEX, 0, x[1]),
            new int[] {5, D},
            ROWS),
        of(
            "attention",
            (k, x) -> k.attention(x[0], x[1], x[2], SEGMENTS, 3, x[3], x[4]),
            ROWS,
            ROWS,
            ROWS,
            ROWS,
            HEADS),
        of(
            "attentionBackward",
            (k, x) -> {
              k.attention(x[0], x[1], x[2], SEGMENTS, 3, x[3], x[4]);
              k.attentionBackward(
                  x[0], x[1], x[2], SEGMENTS, 3, x[3], x[4], x[5], x[6], x[7], x[8]);
            },
            ROWS,
            ROWS,
            ROWS,
            ROWS,
            HEADS,
            ROWS,
            ROWS,
            ROWS,
            ROWS),
        new Case(
            "crossEntropy",
            new int[][] {{5, D}},
            (k, x) -> {
              double[] losses = new double[7];
              k.crossEntropy(x[0], new int[] {0, 3, -1, 7, 1, 0, 2}, 1, 0.3, losses);
              return losses;
            }),
        new Case(
            "sumOfSquares",
            new int[][] {ROWS},
            (k, x) -> {
              k.add(x[0], x[0]);
              return new double[] {k.sumOfSquares(x[0])};
            }),
        of(
            "adam",
            (k, x) -> k.adam(x[0], x[1], x[2], positive(k, x[3]), ADAM),
            ROWS,
            ROWS,
            ROWS,
            ROWS));
  }

  private static Matrix positive(Kernels kernels, Matrix x) {
    kernels.fill(x, 0.25);
    return x;
  }

  @ParameterizedTest
  @MethodSource("calls")
  void givesTheBitsOfTheCpu(Case kernel) {
    Matrix[] outside = matrices(kernel);
    Matrix[] inside = behindTheWall(outside);
    double[] expected = kernel.call.run(cpu, outside);
    double[] actual = kernel.call.run(walled, inside);
    walled.finish();
    assertArrayEquals(expected, actual);
    for (int i = 0; i < outside.length; i++) {
      assertArrayEquals(bytes(outside[i]), bytes(inside[i]), "matrix " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  void doesNothingBeforeItIsWaitedFor(Case kernel) {
    Matrix[] outside = matrices(kernel);
    Matrix[] inside = behindTheWall(outside);
    double[] result = kernel.call.run(walled, inside);
    if (kernel.name.equals("sumOfSquares")) {
      return; // a value is waited for
    }
    assertArrayEquals(new double[result.length], result);
    for (int i = 0; i < outside.length; i++) {
      assertArrayEquals(bytes(outside[i]), bytes(inside[i]), "matrix " + i);
    }
    double[] none = result.clone();
    walled.finish();
    boolean isChanged = !Arrays.equals(none, result);
    for (int i = 0; i < outside.length; i++) {
      isChanged |= !Arrays.equals(bytes(outside[i]), bytes(inside[i]));
    }
    assertTrue(isChanged);
  }

  @Test
  void everyKernelIsHere() {
    Set<String> all =
        Arrays.stream(Kernels.class.getMethods())
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    all.removeAll(List.of("fingerprint", "finish"));
    assertEquals(all, calls().map(Case::name).collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void refusesHostMemory() {
    Matrix outside = host.matrix(ElementType.FLOAT32, 2, 2);
    String message =
        assertThrows(IllegalStateException.class, () -> walled.fill(outside, 1)).getMessage();
    assertTrue(message.contains("given memory of the host space"), message);
  }

  @Test
  void reportsAtTheEndWhatDoesNotFit() {
    Matrix small = device.matrix(ElementType.FLOAT32, 2, 2);
    walled.copy(small, device.matrix(ElementType.FLOAT32, 3, 3));
    assertThrows(IllegalArgumentException.class, walled::finish);
    walled.finish();
  }

  private Matrix[] matrices(Case kernel) {
    Matrices random = new Matrices(host, 17);
    List<Matrix> all = new ArrayList<>();
    for (int[] shape : kernel.shapes) {
      all.add(random.random(shape[0], shape[1]));
    }
    return all.toArray(Matrix[]::new);
  }

  private Matrix[] behindTheWall(Matrix[] outside) {
    List<Matrix> all = new ArrayList<>();
    for (Matrix matrix : outside) {
      Matrix inside = device.matrix(matrix.type(), matrix.rows(), matrix.columns());
      inside.write(0, matrix.segment());
      all.add(inside);
    }
    return all.toArray(Matrix[]::new);
  }

  private byte[] bytes(Matrix matrix) {
    Matrix copy = host.matrix(matrix.type(), matrix.rows(), matrix.columns());
    matrix.read(0, copy.segment());
    return copy.segment().toArray(ValueLayout.JAVA_BYTE);
  }
}
