package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiConsumer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares every fast kernel with the reference on the same inputs, with sizes that fill no vector
 * and no tile.
 */
class VectorKernelsTest {
  private static final double TOLERANCE = 1e-5;

  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Matrices matrices = new Matrices(memory, 7);
  private final Kernels fast = kernels(memory);
  private final Kernels reference = new Nd4jKernels();

  /** The kernels under test. */
  Kernels kernels(NativeMemory scratch) {
    return new VectorKernels(scratch);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "1,192,768",
    "7,5,3",
    "6,384,64",
    "31,33,65",
    "48,64,192",
    "100,400,70",
    "5,1000,1100",
    "97,385,130",
    "300,384,200"
  })
  void multipliesLikeTheReference(int m, int k, int n) {
    for (boolean transposeA : List.of(false, true)) {
      for (boolean transposeB : List.of(false, true)) {
        for (boolean accumulate : List.of(false, true)) {
          Matrix a = transposeA ? matrices.strided(k, m) : matrices.strided(m, k);
          Matrix b = transposeB ? matrices.strided(n, k) : matrices.strided(k, n);
          Matrix c = matrices.strided(m, n);
          compare(
              c,
              (kernels, result) ->
                  kernels.multiply(a, transposeA, b, transposeB, result, accumulate));
        }
      }
    }
  }

  @Test
  void leavesNeighboursOfAProductAlone() {
    for (int size : new int[] {13, 300}) {
      Matrix wide = matrices.random(size, size + 20);
      Matrix before = matrices.copy(wide);
      fast.multiply(
          matrices.random(size, size),
          false,
          matrices.random(size, size),
          false,
          wide.columns(7, 7 + size),
          false);
      for (int i = 0; i < size; i++) {
        for (int j : new int[] {0, 6, size + 7, size + 19}) {
          assertEquals(before.get(i, j), wide.get(i, j));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 192, 200})
  void doesElementwiseWorkLikeTheReference(int columns) {
    Matrix x = matrices.strided(9, columns);
    Matrix row = matrices.random(1, columns);
    compare(matrices.strided(9, columns), (kernels, y) -> kernels.fill(y, 3));
    compare(matrices.strided(9, columns), (kernels, y) -> kernels.copy(x, y));
    compare(matrices.strided(9, columns), (kernels, y) -> kernels.add(x, y));
    compare(matrices.strided(9, columns), (kernels, y) -> kernels.addRow(x, row, y));
    compare(matrices.strided(9, columns), (kernels, y) -> kernels.broadcastRow(row, y));
    compare(matrices.random(1, columns), (kernels, y) -> kernels.sumRows(x, y, false));
    compare(matrices.random(1, columns), (kernels, y) -> kernels.sumRows(x, y, true));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 33, 768})
  void computesGeluAndItsGradientLikeTheReference(int columns) {
    Matrix x = matrices.strided(6, columns);
    x.set(0, 0, 30);
    x.set(1, 0, -30);
    Matrix bias = matrices.random(1, columns);
    Matrix dy = matrices.random(6, columns);
    compare(
        matrices.random(6, columns), (kernels, y) -> kernels.biasGelu(matrices.copy(x), bias, y));
    compare(x, (kernels, in) -> kernels.biasGelu(in, bias, matrices.random(6, columns)));
    compare(matrices.random(6, columns), (kernels, dx) -> kernels.geluBackward(x, dy, dx));
    compare(dy, (kernels, inPlace) -> kernels.geluBackward(x, inPlace, inPlace));
    compare(x, (kernels, inPlace) -> kernels.geluBackward(inPlace, dy, inPlace));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 16, 40, 384})
  void normalisesLikeTheReference(int columns) {
    Matrix x = matrices.strided(11, columns);
    Matrix gain = matrices.random(1, columns);
    Matrix bias = matrices.random(1, columns);
    Matrix statistics = matrices.random(11, 2);
    compare(
        matrices.random(11, columns),
        (kernels, y) -> kernels.layerNorm(x, gain, bias, 1e-5, y, statistics));
    compare(
        statistics, (kernels, s) -> kernels.layerNorm(x, gain, bias, 1e-5, matrices.copy(x), s));
    Matrix dy = matrices.random(11, columns);
    for (boolean accumulate : List.of(false, true)) {
      Matrix dGain = matrices.random(1, columns);
      Matrix dBias = matrices.random(1, columns);
      Matrix dx = matrices.random(11, columns);
      compare(
          dx,
          (k, out) ->
              k.layerNormBackward(
                  x,
                  statistics,
                  gain,
                  dy,
                  out,
                  accumulate,
                  matrices.copy(dGain),
                  matrices.copy(dBias),
                  accumulate));
      compare(
          dGain,
          (k, out) ->
              k.layerNormBackward(
                  x,
                  statistics,
                  gain,
                  dy,
                  matrices.copy(dx),
                  accumulate,
                  out,
                  matrices.copy(dBias),
                  accumulate));
      compare(
          dBias,
          (k, out) ->
              k.layerNormBackward(
                  x,
                  statistics,
                  gain,
                  dy,
                  matrices.copy(dx),
                  accumulate,
                  matrices.copy(dGain),
                  out,
                  accumulate));
    }
  }

  @Test
  void gathersAndScattersRowsLikeTheReference() {
    Matrix table = matrices.random(10, 37);
    Matrix rows = matrices.random(5, 37);
    int[] index = {9, 4, 4, 0, 9, 2, 4};
    compare(rows, (kernels, y) -> kernels.gatherRows(table, index, 2, y));
    compare(rows, (kernels, y) -> kernels.gatherAddRows(table, index, 1, y));
    compare(table, (kernels, y) -> kernels.scatterAddRows(rows, index, 2, y));
  }

  @ParameterizedTest
  @CsvSource({"1,1,8", "5,2,16", "64,3,64", "130,2,20"})
  void attendsLikeTheReference(int tokens, int heads, int headWidth) {
    int width = heads * headWidth;
    Matrix qkv = matrices.random(tokens, 3 * width);
    Matrix q = qkv.columns(0, width);
    Matrix k = qkv.columns(width, 2 * width);
    Matrix v = qkv.columns(2 * width, 3 * width);
    Segments segments =
        Segments.of(tokens < 5 ? new int[] {0, tokens} : new int[] {0, 1, 4, 4, tokens});
    Matrix y = matrices.random(tokens, width);
    Matrix lse = matrices.random(tokens, heads);
    compare(y, (kernels, out) -> kernels.attention(q, k, v, segments, heads, out, lse));
    compare(lse, (kernels, out) -> kernels.attention(q, k, v, segments, heads, y, out));
    Matrix dy = matrices.random(tokens, width);
    for (int part = 0; part < 3; part++) {
      int which = part;
      compare(
          matrices.random(tokens, width),
          (kernels, out) -> {
            Matrix[] d = {matrices.copy(y), matrices.copy(y), matrices.copy(y)};
            d[which] = out;
            kernels.attentionBackward(q, k, v, segments, heads, y, lse, dy, d[0], d[1], d[2]);
          });
    }
  }

  /** With fewer queries than keys, the result is that of the last queries of full attention. */
  @ParameterizedTest
  @CsvSource({"1,5", "3,70", "50,130", "0,4"})
  void attendsWithFewerQueriesThanKeys(int queries, int keys) {
    int before = 2; // a whole segment stands before the one with fewer queries
    int rows = before + queries;
    Segments segments =
        new Segments(new int[] {0, before, rows}, new int[] {0, before, before + keys});
    Matrix all = matrices.random(before + keys, 16);
    Matrix q = matrices.random(rows, 16);
    copyRows(all, q, before, keys - queries);
    Matrix k = matrices.random(before + keys, 16);
    Matrix v = matrices.random(before + keys, 16);
    Matrix y = matrices.random(rows, 16);
    Matrix lse = matrices.random(rows, 2);
    compare(y, (kernels, out) -> kernels.attention(q, k, v, segments, 2, out, lse));
    reference.attention(q, k, v, segments, 2, y, lse);
    Matrix full = matrices.random(before + keys, 16);
    Segments same = Segments.of(segments.keys());
    reference.attention(all, k, v, same, 2, full, matrices.random(before + keys, 2));
    for (int i = 0; i < queries; i++) {
      for (int j = 0; j < 16; j++) {
        assertEquals(full.get(before + keys - queries + i, j), y.get(before + i, j), 1e-5);
      }
    }
    Matrix dy = matrices.random(rows, 16);
    for (int which = 0; which < 3; which++) {
      int part = which;
      compare(
          matrices.random(part == 0 ? rows : before + keys, 16),
          (kernels, out) -> {
            Matrix[] d = {matrices.copy(y), matrices.copy(v), matrices.copy(v)};
            d[part] = out;
            kernels.attentionBackward(q, k, v, segments, 2, y, lse, dy, d[0], d[1], d[2]);
          });
    }
  }

  /** Copies the first rows, skips {@code leftOut} rows, then copies the rest. */
  private static void copyRows(Matrix from, Matrix to, int first, int leftOut) {
    for (int i = 0; i < to.rows(); i++) {
      for (int j = 0; j < to.columns(); j++) {
        to.set(i, j, from.get(i < first ? i : i + leftOut, j));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16, 50, 4096})
  void findsCrossEntropyAndItsGradientLikeTheReference(int vocabulary) {
    Matrix logits = matrices.random(4, vocabulary);
    int[] targets = {7, 0, -1, vocabulary - 1, 1};
    double[] expected = new double[5];
    double[] actual = new double[5];
    compare(
        logits,
        (kernels, x) ->
            kernels.crossEntropy(
                x, targets, 1, 0.25, kernels instanceof VectorKernels ? actual : expected));
    assertArrayEquals(expected, actual, 1e-5);
  }

  @Test
  void updatesLikeTheReference() {
    AdamStep step =
        new AdamStep(
            1e-3,
            new AdamStep.Moment(0.8, 0.8, 0.2),
            new AdamStep.Moment(0.95, 0.95, 0.05),
            1e-8,
            0.1,
            0.5);
    Matrix w = matrices.random(3, 77);
    Matrix g = matrices.random(3, 77);
    Matrix m = matrices.random(3, 77);
    Matrix v = matrices.random(3, 77);
    fast.multiply(v, false, matrices.copy(v), true, matrices.random(3, 3), false);
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 77; j++) {
        v.set(i, j, v.get(i, j) * v.get(i, j));
      }
    }
    compare(w, (kernels, x) -> kernels.adam(x, g, matrices.copy(m), matrices.copy(v), step));
    compare(m, (kernels, x) -> kernels.adam(matrices.copy(w), g, x, matrices.copy(v), step));
    compare(v, (kernels, x) -> kernels.adam(matrices.copy(w), g, matrices.copy(m), x, step));
    double expected = reference.sumOfSquares(w);
    assertEquals(expected, fast.sumOfSquares(w), expected * TOLERANCE);
  }

  @Test
  void neverHidesWhatIsNotFinite() {
    for (double bad :
        new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      Matrix q = matrices.random(20, 16);
      q.set(19, 3, bad);
      Matrix y = matrices.random(20, 16);
      fast.attention(q, q, q, Segments.of(new int[] {0, 20}), 1, y, matrices.random(20, 1));
      assertTrue(Double.isNaN(y.get(19, 5)), "attention of " + bad + " gave " + y.get(19, 5));
      Matrix logits = matrices.random(1, 40);
      logits.set(0, 17, bad);
      double[] losses = new double[1];
      fast.crossEntropy(logits, new int[] {3}, 0, 1, losses);
      assertTrue(!Double.isFinite(losses[0]) || bad < 0, "loss with " + bad + " was " + losses[0]);
    }
  }

  @Test
  void refusesOperandsThatDoNotFit() {
    Matrix a = matrices.random(3, 4);
    assertThrows(IllegalArgumentException.class, () -> fast.multiply(a, false, a, false, a, false));
    assertThrows(IllegalArgumentException.class, () -> fast.add(a, matrices.random(4, 3)));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> fast.gatherRows(a, new int[] {3}, 0, matrices.random(1, 4)));
    assertThrows(
        IllegalArgumentException.class,
        () -> fast.gatherRows(a, new int[] {1}, 0, matrices.random(1, 9)));
    assertThrows(
        IllegalArgumentException.class,
        () -> fast.scatterAddRows(matrices.random(1, 9), new int[] {1}, 0, a));
    assertThrows(
        IllegalArgumentException.class,
        () -> fast.attention(a, a, a, Segments.of(new int[] {0, 3}), 3, a, matrices.random(3, 3)));
    Matrix precise = matrices.random(ElementType.FLOAT64, 3, 3);
    assertThrows(IllegalArgumentException.class, () -> fast.add(precise, precise));
    assertThrows(IllegalArgumentException.class, () -> fast.sumOfSquares(precise));
    assertThrows(
        IllegalArgumentException.class,
        () -> fast.multiply(precise, false, precise, false, precise, false));
  }

  /**
   * Runs both implementations on copies of the initial contents of an output and compares what they
   * leave there.
   */
  private void compare(Matrix output, BiConsumer<Kernels, Matrix> call) {
    Matrix expected = matrices.copy(output);
    Matrix actual = matrices.copy(output);
    call.accept(reference, expected);
    call.accept(fast, actual);
    double error = Matrices.relativeError(expected, actual);
    assertTrue(error < TOLERANCE, "relative error " + error);
  }
}
