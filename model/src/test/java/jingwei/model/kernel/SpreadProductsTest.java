package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jingwei.model.kernel.Products.Side;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that are copied before a product change no bit of it. */
class SpreadProductsTest {
  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Matrices matrices = new Matrices(memory, 5);

  @BeforeEach
  void needsOneDnn() {
    assumeTrue(OneDnn.isLoaded(), "without oneDNN nothing is spread");
  }

  @AfterEach
  void close() {
    memory.close();
  }

  /** Strides with and without conflicts, blocks that do not divide the columns, few rows. */
  @ParameterizedTest
  @CsvSource({
    "16,1024,256", "256,1024,256", "1024,256,64", "8,1536,384", "300,512,30", "1024,300,600",
    "40,4096,300", "2048,160,256", "7,1024,256", "1024,1024,64", "512,512,512", "256,768,256"
  })
  void isTheProductOfTheLibrary(int m, int n, int k) {
    for (int variant = 0; variant < 8; variant++) {
      boolean transposeA = (variant & 1) != 0;
      boolean transposeB = (variant & 2) != 0;
      boolean accumulate = (variant & 4) != 0;
      Side a = side(transposeA ? matrices.random(k, m) : matrices.random(m, k), transposeA);
      Side b = side(transposeB ? matrices.random(n, k) : matrices.random(k, n), transposeB);
      Matrix expected = matrices.random(m, n);
      Matrix actual = matrices.copy(expected);
      long stride = 4L * n;
      Products.library().multiply(m, n, k, a, b, expected.address(), stride, accumulate);
      SpreadProducts.always(memory).multiply(m, n, k, a, b, actual.address(), stride, accumulate);
      double error = Matrices.relativeError(expected, actual);
      assertTrue(error <= (OneDnn.hasAvx512() ? 1e-5 : 0), "variant " + variant + ": " + error);
    }
  }

  /** A small model has no sides that are worth a copy, and pays no memory. */
  @Test
  void takesMemoryForLargeSidesOnly() {
    SpreadProducts.of(memory, 10_000);
    assertEquals(0, memory.usedBytes());
    SpreadProducts.of(memory, 100_000);
    if (OneDnn.hasAvx512()) {
      assertEquals(0, memory.usedBytes());
    } else {
      assertNotEquals(0, memory.usedBytes());
    }
  }

  private static Side side(Matrix x, boolean transposed) {
    Side side = new Side(x.address(), 4 * x.rowStride(), 4);
    return transposed ? side.transposed() : side;
  }
}
