package jingwei.model.kernel;

import jingwei.model.SeededRandom;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/** Random matrices for tests, and how far two of them are apart. */
public final class Matrices {
  private final NativeMemory memory;
  private final SeededRandom random;

  public Matrices(NativeMemory memory, long seed) {
    this.memory = memory;
    this.random = new SeededRandom(seed);
  }

  public Matrix random(int rows, int columns) {
    return random(ElementType.FLOAT32, rows, columns);
  }

  public Matrix random(ElementType type, int rows, int columns) {
    return fill(memory.matrix(type, rows, columns));
  }

  /** Columns of a wider matrix, so that rows do not follow each other. */
  public Matrix strided(int rows, int columns) {
    return fill(memory.matrix(ElementType.FLOAT32, rows, columns + 11)).columns(5, 5 + columns);
  }

  public Matrix copy(Matrix x) {
    Matrix copy = memory.matrix(x.type(), x.rows(), x.columns());
    for (int i = 0; i < x.rows(); i++) {
      for (int j = 0; j < x.columns(); j++) {
        copy.set(i, j, x.get(i, j));
      }
    }
    return copy;
  }

  private Matrix fill(Matrix x) {
    for (int i = 0; i < x.rows(); i++) {
      for (int j = 0; j < x.columns(); j++) {
        x.set(i, j, random.nextGaussian());
      }
    }
    return x;
  }

  /**
   * Norm of the difference divided by the norm of the expected values; inputs are of order one, so
   * a norm below 0.01 is that of rounding errors around zero.
   */
  public static double relativeError(Matrix expected, Matrix actual) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.rows(); i++) {
      for (int j = 0; j < expected.columns(); j++) {
        double d = expected.get(i, j) - actual.get(i, j);
        difference += d * d;
        norm += expected.get(i, j) * expected.get(i, j);
      }
    }
    return Math.sqrt(difference / Math.max(norm, 1e-2));
  }
}
