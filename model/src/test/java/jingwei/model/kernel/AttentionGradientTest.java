package jingwei.model.kernel;

import jingwei.model.layer.GradientCheck;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.Test;

/**
 * Checks attention with fewer queries than keys against central differences, in double precision.
 */
class AttentionGradientTest {
  private static final ElementType TYPE = ElementType.FLOAT64;
  private static final Segments SEGMENTS =
      new Segments(new int[] {0, 2, 5, 5}, new int[] {0, 2, 7, 9});

  @Test
  void agreesWithCentralDifferences() {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      Matrices matrices = new Matrices(memory, 5);
      Kernels kernels = new Nd4jKernels();
      Matrix q = matrices.random(TYPE, 5, 4);
      Matrix k = matrices.random(TYPE, 9, 4);
      Matrix v = matrices.random(TYPE, 9, 4);
      Matrix y = matrices.random(TYPE, 5, 4);
      Matrix logSumExp = matrices.random(TYPE, 5, 2);
      Matrix factors = matrices.random(TYPE, 5, 4);
      Matrix dq = matrices.random(TYPE, 5, 4);
      Matrix dk = matrices.random(TYPE, 9, 4);
      Matrix dv = matrices.random(TYPE, 9, 4);
      kernels.attention(q, k, v, SEGMENTS, 2, y, logSumExp);
      kernels.attentionBackward(q, k, v, SEGMENTS, 2, y, logSumExp, factors, dq, dk, dv);
      Matrix[][] sides = {{q, dq}, {k, dk}, {v, dv}};
      for (int side = 0; side < sides.length; side++) {
        GradientCheck.check(
            "side " + side,
            sides[side][0],
            sides[side][1],
            () -> {
              kernels.attention(q, k, v, SEGMENTS, 2, y, logSumExp);
              return y.nd4j().mul(factors.nd4j()).sumNumber().doubleValue();
            });
      }
    }
  }
}
