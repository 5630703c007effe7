package jingwei.model.kernel;

import jingwei.model.UserException;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The fast kernels for single precision: the Vector API for elementwise work, and oneDNN for
 * products, which it writes in place. If oneDNN does not load, ND4J computes the large products and
 * Java the small ones. If ND4J does not load either, Java computes all. Everything runs in the
 * calling thread.
 */
public final class VectorKernels implements Kernels {
  /**
   * From this size on ND4J is faster than Java, despite its fixed cost of some ten microseconds.
   */
  private static final long ND4J_FLOP = 10_000_000;

  /** Increased whenever a kernel's result changes in any bit. */
  private static final int VERSION = 2;

  private static final int SQUARES_BLOCK = 4096;

  private final Precision precision;
  private final boolean isLibraryForAll;
  private final Products products;
  private final VectorAttention attention;

  /** Kernels of single precision. */
  public VectorKernels(NativeMemory scratch) {
    this(Precision.FP32, scratch, 0);
  }

  /**
   * @param scratch memory for panels, rounded sides and blocks of scores; grows in warm-up
   * @throws UserException if this machine does not support the precision
   */
  VectorKernels(Precision precision, NativeMemory scratch, long largestSide) {
    if (!precision.isHere()) {
      throw new UserException(
          "precision = bf16 needs a CPU with AVX512_BF16 or AMX and oneDNN, and here %s; leave it at fp32."
              .formatted(OneDnn.isLoaded() ? "the CPU has neither" : "oneDNN does not load"));
    }
    if (!scratch.space().isHost()) {
      throw new IllegalArgumentException(
          "kernels of the CPU need host memory, not memory of the %s space"
              .formatted(scratch.space().name()));
    }
    this.precision = precision;
    isLibraryForAll = OneDnn.isLoaded();
    Products single = isLibraryForAll ? Products.library() : new Sgemm(scratch);
    Products spread = isLibraryForAll ? SpreadProducts.of(scratch, largestSide) : single;
    products = precision == Precision.BF16 ? new Bf16Products(scratch, largestSide) : spread;
    attention = new VectorAttention(scratch, single);
  }

  private VectorKernels(NativeMemory scratch, Products small) {
    precision = Precision.FP32;
    isLibraryForAll = false;
    products = small;
    attention = new VectorAttention(scratch, small);
  }

  /** Kernels as on a machine where oneDNN does not load. */
  static VectorKernels withoutLibrary(NativeMemory scratch) {
    return new VectorKernels(scratch, new Sgemm(scratch));
  }

  @Override
  public String fingerprint() {
    return precision.fingerprintHere();
  }

  /** The fingerprint of these kernels on this machine. */
  public static String fingerprintHere() {
    return "jingwei-%d vector-%d-bit %s %s"
        .formatted(
            VERSION,
            32 * Lanes.COUNT,
            OneDnn.isLoaded() ? OneDnn.fingerprint() : Nd4jProduct.fingerprint(),
            System.getProperty("os.arch"));
  }

  /** Does nothing: all work is done when its call returns. */
  @Override
  public void finish() {}

  @Override
  public void multiply(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c, boolean accumulate) {
    Shapes.product(a, transposeA, b, transposeB, c);
    int depth = transposeA ? a.rows() : a.columns();
    long flop = 2L * c.rows() * c.columns() * depth;
    if (!isLibraryForAll && flop >= ND4J_FLOP && Nd4jProduct.isLoaded()) {
      Nd4jProduct.multiply(a, transposeA, b, transposeB, c, accumulate);
    } else {
      products.multiply(
          c.rows(),
          c.columns(),
          depth,
          side(a, transposeA),
          side(b, transposeB),
          Lanes.address(c),
          4 * c.rowStride(),
          accumulate);
    }
  }

  @Override
  public void fill(Matrix x, double value) {
    for (int i = 0; i < x.rows(); i++) {
      VectorRows.fill(row(x, i), x.columns(), (float) value);
    }
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    Shapes.same(x, y);
    for (int i = 0; i < x.rows(); i++) {
      VectorRows.copy(row(x, i), row(y, i), x.columns());
    }
  }

  @Override
  public void add(Matrix x, Matrix y) {
    Shapes.same(x, y);
    for (int i = 0; i < x.rows(); i++) {
      VectorRows.add(row(x, i), row(y, i), row(y, i), x.columns());
    }
  }

  @Override
  public void broadcastRow(Matrix row, Matrix y) {
    Shapes.row(row, y);
    for (int i = 0; i < y.rows(); i++) {
      VectorRows.copy(Lanes.address(row), row(y, i), y.columns());
    }
  }

  @Override
  public void addRow(Matrix x, Matrix row, Matrix y) {
    Shapes.same(x, y);
    Shapes.row(row, x);
    for (int i = 0; i < y.rows(); i++) {
      VectorRows.add(row(x, i), Lanes.address(row), row(y, i), y.columns());
    }
  }

  @Override
  public void sumRows(Matrix x, Matrix row, boolean accumulate) {
    Shapes.row(row, x);
    if (!accumulate) {
      fill(row, 0);
    }
    for (int i = 0; i < x.rows(); i++) {
      VectorRows.add(row(x, i), Lanes.address(row), Lanes.address(row), x.columns());
    }
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix gain, Matrix bias, double epsilon, Matrix y, Matrix statistics) {
    Shapes.same(x, y);
    Shapes.row(gain, x);
    Shapes.row(bias, x);
    Shapes.shape(statistics, x.rows(), 2);
    for (int i = 0; i < x.rows(); i++) {
      VectorNorm.forward(
          row(x, i),
          Lanes.address(gain),
          Lanes.address(bias),
          row(y, i),
          row(statistics, i),
          x.columns(),
          (float) epsilon);
    }
  }

  @Override
  public void layerNormBackward(
      Matrix x,
      Matrix statistics,
      Matrix gain,
      Matrix dy,
      Matrix dx,
      boolean accumulateInput,
      Matrix dGain,
      Matrix dBias,
      boolean accumulateWeights) {
    Shapes.same(x, dy);
    Shapes.same(x, dx);
    Shapes.shape(statistics, x.rows(), 2);
    Shapes.row(gain, x);
    Shapes.row(dGain, x);
    Shapes.row(dBias, x);
    if (!accumulateWeights) {
      fill(dGain, 0);
      fill(dBias, 0);
    }
    for (int i = 0; i < x.rows(); i++) {
      VectorNorm.backward(
          row(x, i),
          row(statistics, i),
          Lanes.address(gain),
          row(dy, i),
          row(dx, i),
          accumulateInput,
          Lanes.address(dGain),
          Lanes.address(dBias),
          x.columns());
    }
  }

  @Override
  public void biasGelu(Matrix x, Matrix bias, Matrix y) {
    Shapes.same(x, y);
    Shapes.row(bias, x);
    for (int i = 0; i < x.rows(); i++) {
      VectorRows.biasGelu(row(x, i), Lanes.address(bias), row(y, i), x.columns());
    }
  }

  @Override
  public void geluBackward(Matrix x, Matrix dy, Matrix dx) {
    Shapes.same(x, dy);
    Shapes.same(x, dx);
    for (int i = 0; i < x.rows(); i++) {
      VectorRows.geluBackward(row(x, i), row(dy, i), row(dx, i), x.columns());
    }
  }

  @Override
  public void gatherRows(Matrix x, int[] index, int from, Matrix y) {
    Shapes.width(x, y);
    Shapes.indices(index, from, y.rows(), x.rows());
    for (int i = 0; i < y.rows(); i++) {
      VectorRows.copy(row(x, index[from + i]), row(y, i), y.columns());
    }
  }

  @Override
  public void gatherAddRows(Matrix x, int[] index, int from, Matrix y) {
    Shapes.width(x, y);
    Shapes.indices(index, from, y.rows(), x.rows());
    for (int i = 0; i < y.rows(); i++) {
      VectorRows.add(row(x, index[from + i]), row(y, i), row(y, i), y.columns());
    }
  }

  @Override
  public void scatterAddRows(Matrix x, int[] index, int from, Matrix y) {
    Shapes.width(x, y);
    Shapes.indices(index, from, x.rows(), y.rows());
    for (int i = 0; i < x.rows(); i++) {
      long target = row(y, index[from + i]);
      VectorRows.add(row(x, i), target, target, x.columns());
    }
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, Segments segments, int heads, Matrix y, Matrix logSumExp) {
    Shapes.segments(segments, q, k);
    Shapes.heads(q, heads);
    Shapes.same(k, v);
    Shapes.same(q, y);
    Shapes.shape(logSumExp, q.rows(), heads);
    attention.forward(q, k, v, segments, heads, y, logSumExp);
  }

  @Override
  public void attentionBackward(
      Matrix q,
      Matrix k,
      Matrix v,
      Segments segments,
      int heads,
      Matrix y,
      Matrix logSumExp,
      Matrix dy,
      Matrix dq,
      Matrix dk,
      Matrix dv) {
    Shapes.segments(segments, q, k);
    Shapes.heads(q, heads);
    for (Matrix x : new Matrix[] {y, dy, dq}) {
      Shapes.same(q, x);
    }
    for (Matrix x : new Matrix[] {v, dk, dv}) {
      Shapes.same(k, x);
    }
    Shapes.shape(logSumExp, q.rows(), heads);
    attention.backward(q, k, v, segments, heads, y, logSumExp, dy, dq, dk, dv);
  }

  @Override
  public void crossEntropy(Matrix logits, int[] targets, int from, double scale, double[] losses) {
    for (int i = 0; i < logits.rows(); i++) {
      int target = targets[from + i];
      if (target < 0) {
        VectorRows.fill(row(logits, i), logits.columns(), 0f);
        losses[from + i] = 0;
      } else {
        Shapes.indices(targets, from + i, 1, logits.columns());
        losses[from + i] =
            VectorRows.crossEntropy(row(logits, i), logits.columns(), target, (float) scale);
      }
    }
  }

  /**
   * Sums each block in single precision and the block sums in double precision. This is exact
   * enough, and the error does not depend on the size of the matrix.
   */
  @Override
  public double sumOfSquares(Matrix x) {
    double sum = 0;
    for (int i = 0; i < x.rows(); i++) {
      for (int j = 0; j < x.columns(); j += SQUARES_BLOCK) {
        sum +=
            VectorRows.sumOfSquares(row(x, i) + 4L * j, Math.min(SQUARES_BLOCK, x.columns() - j));
      }
    }
    return sum;
  }

  @Override
  public void adam(
      Matrix weights, Matrix gradients, Matrix firstMoment, Matrix secondMoment, AdamStep step) {
    Shapes.same(weights, gradients);
    Shapes.same(weights, firstMoment);
    Shapes.same(weights, secondMoment);
    for (int i = 0; i < weights.rows(); i++) {
      VectorAdam.update(
          row(weights, i),
          row(gradients, i),
          row(firstMoment, i),
          row(secondMoment, i),
          weights.columns(),
          step);
    }
  }

  private static long row(Matrix x, int i) {
    return Lanes.address(x) + 4 * (i * x.rowStride());
  }

  private static Products.Side side(Matrix x, boolean transposed) {
    Products.Side side = new Products.Side(Lanes.address(x), 4 * x.rowStride(), 4);
    return transposed ? side.transposed() : side;
  }
}
