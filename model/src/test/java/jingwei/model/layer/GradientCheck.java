package jingwei.model.layer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleSupplier;
import jingwei.model.memory.Matrix;

/** Compares an analytic gradient with central differences, in double precision. */
public final class GradientCheck {
  private static final double STEP = 1e-4;
  private static final double TOLERANCE = 1e-6;

  private GradientCheck() {}

  /**
   * @param x what the loss depends on; restored afterwards
   * @param gradient the analytic gradient of x
   * @param loss computes the loss from the current x
   */
  public static void check(String what, Matrix x, Matrix gradient, DoubleSupplier loss) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < x.rows(); i++) {
      for (int j = 0; j < x.columns(); j++) {
        double numeric = derivative(x, i, j, loss);
        difference += square(numeric - gradient.get(i, j));
        norm += square(numeric) + square(gradient.get(i, j));
      }
    }
    // A weight without influence, such as a key bias, has a gradient of rounding errors only.
    double error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-4);
    assertTrue(error < TOLERANCE, what + ": relative error " + error + ", norm " + Math.sqrt(norm));
  }

  /** Fourth-order central difference: its error is far below the tolerance. */
  private static double derivative(Matrix x, int i, int j, DoubleSupplier loss) {
    double value = x.get(i, j);
    double[] at = new double[4];
    double[] steps = {-2 * STEP, -STEP, STEP, 2 * STEP};
    for (int s = 0; s < 4; s++) {
      x.set(i, j, value + steps[s]);
      at[s] = loss.getAsDouble();
    }
    x.set(i, j, value);
    return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * STEP);
  }

  private static double square(double x) {
    return x * x;
  }
}
