package jingwei.model.layer;

import jingwei.model.SeededRandom;
import jingwei.model.kernel.PolarFactors;

/**
 * The numbers of {@link SeededRandom#nextGaussian()}, with the same bits in the same order, drawn
 * many at once.
 */
final class NormalNumbers {
  private static final int PAIRS = 512;

  private final SeededRandom random;
  private final double[] x = new double[PAIRS];
  private final double[] y = new double[PAIRS];
  private final double[] squares = new double[PAIRS];
  private final double[] factors = new double[PAIRS];
  private final double[] values = new double[2 * PAIRS];
  private int used = values.length;

  /**
   * @param random draws further than the numbers that are taken
   */
  NormalNumbers(SeededRandom random) {
    this.random = random;
  }

  /**
   * Takes the next numbers.
   *
   * @param count how many
   */
  void next(double[] into, int count) {
    int taken = 0;
    while (taken < count) {
      if (used == values.length) {
        draw();
        used = 0;
      }
      int some = Math.min(count - taken, values.length - used);
      System.arraycopy(values, used, into, taken, some);
      taken += some;
      used += some;
    }
  }

  private void draw() {
    random.nextInDisk(x, y, squares);
    PolarFactors.of(squares, factors);
    for (int i = 0; i < PAIRS; i++) {
      values[2 * i] = x[i] * factors[i];
      values[2 * i + 1] = y[i] * factors[i];
    }
  }
}
