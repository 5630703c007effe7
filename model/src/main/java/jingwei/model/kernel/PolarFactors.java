package jingwei.model.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The factors of Marsaglia's polar method for many pairs at once, with the bits of {@link
 * StrictMath}. The logarithm follows fdlibm (Sun Microsystems 1993, {@code e_log.c}), which {@code
 * StrictMath} is defined by: the same operations in the same order, in all lanes.
 */
public final class PolarFactors {
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = DOUBLES.withLanes(long.class);
  private static final double LN2_HIGH = 0.6931471803691238;
  private static final double LN2_LOW = 1.9082149292705877E-10;
  private static final double LG1 = 0.6666666666666735;
  private static final double LG2 = 0.3999999999940942;
  private static final double LG3 = 0.2857142874366239;
  private static final double LG4 = 0.22222198432149784;
  private static final double LG5 = 0.1818357216161805;
  private static final double LG6 = 0.15313837699209373;
  private static final double LG7 = 0.14798198605116586;

  /** Added to the bits of a small integer, it gives the double that is this much larger. */
  private static final double INTEGERS_FROM = 0x1.8p52;

  private PolarFactors() {}

  /**
   * Computes sqrt(-2 log(square) / square) for each square. One loop: vectors that pass from method
   * to method may be put into objects.
   *
   * @param squares normal numbers greater than 0
   * @param factors results, as many as squares
   */
  public static void of(double[] squares, double[] factors) {
    int at = 0;
    for (; at <= squares.length - DOUBLES.length(); at += DOUBLES.length()) {
      DoubleVector square = DoubleVector.fromArray(DOUBLES, squares, at);
      LongVector bits = square.reinterpretAsLongs();
      LongVector mantissa = bits.lanewise(VectorOperators.LSHR, 32).and(0xfffffL);
      if (mantissa.add(2).and(0xfffffL).lt(3).anyTrue()) {
        ofEach(squares, factors, at, at + DOUBLES.length()); // close to a power of 2: rare
        continue;
      }
      LongVector half = mantissa.add(0x95f64L).and(0x100000L);
      LongVector exponent =
          bits.lanewise(VectorOperators.LSHR, 52)
              .sub(1023)
              .add(half.lanewise(VectorOperators.LSHR, 20));
      DoubleVector reduced =
          mantissa
              .or(half.lanewise(VectorOperators.XOR, 0x3ff00000L))
              .lanewise(VectorOperators.LSHL, 32)
              .or(bits.and(0xffffffffL))
              .reinterpretAsDoubles();
      DoubleVector k =
          exponent
              .add(Double.doubleToRawLongBits(INTEGERS_FROM))
              .reinterpretAsDoubles()
              .sub(INTEGERS_FROM);
      DoubleVector f = reduced.sub(1);
      DoubleVector s = f.div(f.add(2));
      DoubleVector z = s.mul(s);
      DoubleVector w = z.mul(z);
      DoubleVector even = w.mul(w.mul(w.mul(LG6).add(LG4)).add(LG2));
      DoubleVector odd = z.mul(w.mul(w.mul(w.mul(LG7).add(LG5)).add(LG3)).add(LG1));
      DoubleVector r = odd.add(even);
      DoubleVector halfSquare = f.mul(0.5).mul(f);
      DoubleVector low = k.mul(LN2_LOW);
      DoubleVector high = k.mul(LN2_HIGH);
      DoubleVector inner = high.sub(halfSquare.sub(s.mul(halfSquare.add(r)).add(low)).sub(f));
      DoubleVector outer = high.sub(s.mul(f.sub(r)).sub(low).sub(f));
      VectorMask<Long> isInner =
          mantissa
              .sub(0x6147aL)
              .or(LongVector.broadcast(LONGS, 0x6b851L).sub(mantissa))
              .compare(VectorOperators.GT, 0);
      DoubleVector log = outer.blend(inner, isInner.cast(DOUBLES));
      log.mul(-2).div(square).sqrt().intoArray(factors, at);
    }
    ofEach(squares, factors, at, squares.length);
  }

  private static void ofEach(double[] squares, double[] factors, int from, int to) {
    for (int i = from; i < to; i++) {
      factors[i] = StrictMath.sqrt(-2 * StrictMath.log(squares[i]) / squares[i]);
    }
  }
}
