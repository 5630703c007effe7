package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.model.kernel.Products.Side;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every implementation gives the product of three plain loops, also if oneDNN does not load. */
class ProductsTest {
  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Matrices matrices = new Matrices(memory, 3);

  @AfterEach
  void close() {
    memory.close();
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "3,5,7", "8,1536,384", "33,65,31", "48,64,240", "5,1030,400", "256,64,48"})
  void multipliesLikePlainLoops(int m, int n, int k) {
    for (int variant = 0; variant < 8; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      boolean accumulate = (variant & 4) != 0;
      Matrix a = transposeA ? matrices.strided(k, m) : matrices.strided(m, k);
      Matrix b = transposeB ? matrices.strided(n, k) : matrices.strided(k, n);
      Matrix start = matrices.strided(m, n);
      Matrix expected = naive(a, transposeA, b, transposeB, start, accumulate, Rounding.NONE);
      for (Map.Entry<String, Products> one : all().entrySet()) {
        Matrix c = matrices.copy(start);
        multiply(one.getValue(), a, transposeA, b, transposeB, c, accumulate);
        double error = Matrices.relativeError(expected, c);
        assertTrue(error < 1e-5, one.getKey() + " " + error);
      }
    }
  }

  /** A vector without gaps between its elements is a row and a column. */
  @ParameterizedTest
  @CsvSource({"1,1,6", "6,1,1", "1,6,1", "6,1,9", "1,9,6", "6,9,1"})
  void multipliesVectorsWithoutGaps(int m, int n, int k) {
    for (int variant = 0; variant < 4; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      Matrix a = transposeA ? matrices.random(k, m) : matrices.random(m, k);
      Matrix b = transposeB ? matrices.random(n, k) : matrices.random(k, n);
      Matrix start = matrices.random(m, n);
      Matrix expected = naive(a, transposeA, b, transposeB, start, true, Rounding.NONE);
      Matrix rounded = naive(a, transposeA, b, transposeB, start, true, Rounding.BF16);
      for (Map.Entry<String, Products> one : all().entrySet()) {
        Matrix c = matrices.copy(start);
        multiply(one.getValue(), a, transposeA, b, transposeB, c, true);
        assertTrue(Matrices.relativeError(expected, c) < 1e-5, one.getKey());
      }
      if (Precision.BF16.isHere()) {
        Matrix c = matrices.copy(start);
        multiply(new Bf16Products(memory, 0), a, transposeA, b, transposeB, c, true);
        assertTrue(Matrices.relativeError(rounded, c) < 1e-5, "bf16");
      }
    }
  }

  /** Rounded sides are multiplied exactly and summed in single precision. */
  @ParameterizedTest
  @CsvSource({"1,1,1", "3,5,7", "8,1536,384", "33,65,31", "256,64,48", "64,96,4100"})
  void bf16IsThePlainProductOfRoundedSides(int m, int n, int k) {
    assumeTrue(Precision.BF16.isHere(), "no bf16 here; PrecisionTest checks the message");
    Products products = new Bf16Products(memory, 0);
    for (int variant = 0; variant < 8; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      boolean accumulate = (variant & 4) != 0;
      Matrix a = transposeA ? matrices.strided(k, m) : matrices.strided(m, k);
      Matrix b = transposeB ? matrices.strided(n, k) : matrices.strided(k, n);
      Matrix c = matrices.strided(m, n);
      Matrix expected = naive(a, transposeA, b, transposeB, c, accumulate, Rounding.BF16);
      Matrix single = naive(a, transposeA, b, transposeB, c, accumulate, Rounding.NONE);
      multiply(products, a, transposeA, b, transposeB, c, accumulate);
      double error = Matrices.relativeError(expected, c);
      assertTrue(error < 1e-5, "relative error " + error);
      assertTrue(m * n == 1 || Matrices.relativeError(single, c) > 1e-4, "nothing was rounded");
    }
  }

  /** Only the product in Java promises this; a library's sums may depend on the shape. */
  @Test
  void javaGivesTheSameBitsForAnyNumberOfRows() {
    Matrix a = matrices.random(100, 96);
    Matrix b = matrices.random(96, 80);
    Matrix all = matrices.random(100, 80);
    Matrix some = matrices.random(17, 80);
    Products java = new Sgemm(memory);
    multiply(java, a, false, b, false, all, false);
    multiply(java, a.rows(40, 57), false, b, false, some, false);
    assertEquals(0, Matrices.relativeError(all.rows(40, 57), some));
  }

  private Map<String, Products> all() {
    Map<String, Products> all = new LinkedHashMap<>();
    all.put("Java", new Sgemm(memory));
    if (OneDnn.isLoaded()) {
      all.put("oneDNN", Products.library());
    }
    return all;
  }

  private static void multiply(
      Products products,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      Matrix c,
      boolean accumulate) {
    Side left = new Side(a.address(), 4 * a.rowStride(), 4);
    Side right = new Side(b.address(), 4 * b.rowStride(), 4);
    products.multiply(
        c.rows(),
        c.columns(),
        transposeA ? a.rows() : a.columns(),
        transposeA ? left.transposed() : left,
        transposeB ? right.transposed() : right,
        c.address(),
        4 * c.rowStride(),
        accumulate);
  }

  private enum Rounding {
    NONE,
    BF16;

    /** Rounds to the nearest, halves to even. */
    double of(double x) {
      if (this == NONE) {
        return x;
      }
      int bits = Float.floatToRawIntBits((float) x);
      bits += 0x7fff + (bits >>> 16 & 1);
      return Float.intBitsToFloat(bits & 0xffff0000);
    }
  }

  private Matrix naive(
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      Matrix start,
      boolean accumulate,
      Rounding rounding) {
    Matrix c = matrices.copy(start);
    int depth = transposeA ? a.rows() : a.columns();
    for (int i = 0; i < c.rows(); i++) {
      for (int j = 0; j < c.columns(); j++) {
        double sum = accumulate ? start.get(i, j) : 0;
        for (int k = 0; k < depth; k++) {
          double left = transposeA ? a.get(k, i) : a.get(i, k);
          double right = transposeB ? b.get(j, k) : b.get(k, j);
          sum += rounding.of(left) * rounding.of(right);
        }
        c.set(i, j, sum);
      }
    }
    return c;
  }
}
