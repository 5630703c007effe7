package jingwei.bench.mixture;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import jingwei.model.memory.Matrix;

/** What a gate does with whole rows in plain host memory. */
final class GateRows {
  private GateRows() {}

  /** Multiplies row i by {@code factor[index[i]]}. */
  static void scale(Matrix x, int[] index, double[] factor) {
    MemorySegment rows = x.segment();
    int columns = x.columns();
    for (int i = 0; i < x.rows(); i++) {
      long start = (long) i * columns;
      double by = factor[index[i]];
      switch (x.type()) {
        case FLOAT32 -> scaleSingle(rows, start, columns, (float) by);
        case FLOAT64 -> scaleDouble(rows, start, columns, by);
      }
    }
  }

  private static void scaleSingle(MemorySegment x, long start, int columns, float by) {
    for (int j = 0; j < columns; j++) {
      x.setAtIndex(JAVA_FLOAT, start + j, x.getAtIndex(JAVA_FLOAT, start + j) * by);
    }
  }

  private static void scaleDouble(MemorySegment x, long start, int columns, double by) {
    for (int j = 0; j < columns; j++) {
      x.setAtIndex(JAVA_DOUBLE, start + j, x.getAtIndex(JAVA_DOUBLE, start + j) * by);
    }
  }

  /**
   * The product of row i of x and row {@code index[i]} of y, for every row of x.
   *
   * @param products receives them
   */
  static void dot(Matrix x, Matrix y, int[] index, double[] products) {
    int columns = x.columns();
    for (int i = 0; i < x.rows(); i++) {
      long a = (long) i * columns;
      long b = (long) index[i] * columns;
      products[i] =
          switch (x.type()) {
            case FLOAT32 -> dotSingle(x.segment(), a, y.segment(), b, columns);
            case FLOAT64 -> dotDouble(x.segment(), a, y.segment(), b, columns);
          };
    }
  }

  /** Four sums, so that additions do not wait for each other. */
  private static double dotSingle(MemorySegment x, long a, MemorySegment y, long b, int columns) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int whole = columns / 4 * 4;
    for (int j = 0; j < whole; j += 4) {
      sum0 += x.getAtIndex(JAVA_FLOAT, a + j) * y.getAtIndex(JAVA_FLOAT, b + j);
      sum1 += x.getAtIndex(JAVA_FLOAT, a + j + 1) * y.getAtIndex(JAVA_FLOAT, b + j + 1);
      sum2 += x.getAtIndex(JAVA_FLOAT, a + j + 2) * y.getAtIndex(JAVA_FLOAT, b + j + 2);
      sum3 += x.getAtIndex(JAVA_FLOAT, a + j + 3) * y.getAtIndex(JAVA_FLOAT, b + j + 3);
    }
    for (int j = whole; j < columns; j++) {
      sum0 += x.getAtIndex(JAVA_FLOAT, a + j) * y.getAtIndex(JAVA_FLOAT, b + j);
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  private static double dotDouble(MemorySegment x, long a, MemorySegment y, long b, int columns) {
    double sum = 0;
    for (int j = 0; j < columns; j++) {
      sum += x.getAtIndex(JAVA_DOUBLE, a + j) * y.getAtIndex(JAVA_DOUBLE, b + j);
    }
    return sum;
  }
}
