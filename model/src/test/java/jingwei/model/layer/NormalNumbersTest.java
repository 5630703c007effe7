package jingwei.model.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jingwei.model.SeededRandom;
import jingwei.model.kernel.PolarFactors;
import org.junit.jupiter.api.Test;

class NormalNumbersTest {
  /** Initial weights of all models depend on it. */
  @Test
  void hasTheBitsOfSingleDraws() {
    NormalNumbers many = new NormalNumbers(SeededRandom.of(3, "numbers"));
    SeededRandom single = SeededRandom.of(3, "numbers");
    for (int count = 1; count < 3000; count += 97) { // less than are drawn at once, and more
      double[] next = new double[count];
      many.next(next, count);
      for (int i = 0; i < count; i++) {
        assertEquals(single.nextGaussian(), next[i], "number " + i + " of " + count);
      }
    }
  }

  /** Numbers near powers of 2, near the bounds of the approximations, and very small ones. */
  @Test
  void hasTheBitsOfStrictMathEverywhere() {
    double[] squares = new double[100_003]; // not whole vectors
    SeededRandom random = new SeededRandom(5);
    double[] around = {1, Math.sqrt(2), Math.sqrt(0.5), 1.38, 1.42, 0.75, 1 + 0x1p-20, 1 - 0x1p-21};
    for (int i = 0; i < squares.length; i++) {
      double near = around[i % around.length] * (1 + (random.nextDouble() - 0.5) * 0x1p-18);
      squares[i] = i % 3 == 0 ? random.nextDouble() : Math.scalb(near, -random.nextInt(105));
      squares[i] = squares[i] >= 1 || squares[i] == 0 ? 0.25 : squares[i];
    }
    double[] factors = new double[squares.length];
    PolarFactors.of(squares, factors);
    for (int i = 0; i < squares.length; i++) {
      assertEquals(
          StrictMath.sqrt(-2 * StrictMath.log(squares[i]) / squares[i]),
          factors[i],
          "square " + squares[i]);
    }
  }
}
