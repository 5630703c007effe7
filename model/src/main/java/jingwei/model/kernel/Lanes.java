package jingwei.model.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;

/**
 * Single-precision vectors at absolute addresses, as wide as the CPU has them.
 *
 * <p>All native memory is one constant segment here, so that the compiler drops the bounds checks
 * from inner loops. The public kernels check shapes before they come here. Vectors must stay in
 * local variables and helpers must be small enough to be inlined: a vector that escapes is boxed,
 * and the kernel becomes ten times slower.
 */
@SuppressWarnings(
    "FloatingPointLiteralPrecision") // constants as published; the compiler rounds them
final class Lanes {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Elements of one vector. */
  static final int COUNT = SPECIES.length();

  /** Bytes of one vector. */
  static final long BYTES = 4L * COUNT;

  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  @SuppressWarnings("restricted")
  static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final float LOG2_E = 1.442695041f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /**
   * 1.5 * 2^23: adding it rounds to the nearest integer and leaves that integer in the low bits.
   */
  private static final float ROUNDER = 12582912f;

  private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);
  private static final float CUBIC = 0.044715f;

  private static final VectorShuffle<Float> HALF_OF_16 = upperHalf(16);
  private static final VectorShuffle<Float> HALF_OF_8 = upperHalf(8);
  private static final VectorShuffle<Float> HALF_OF_4 = upperHalf(4);
  private static final VectorShuffle<Float> HALF_OF_2 = upperHalf(2);

  private Lanes() {}

  /** Moves the upper half of the first {@code lanes} lanes to the lower half. */
  private static VectorShuffle<Float> upperHalf(int lanes) {
    return VectorShuffle.fromOp(SPECIES, lane -> (lane + lanes / 2) % COUNT);
  }

  /** Address of a single-precision matrix; any other type would be misread. */
  static long address(Matrix x) {
    if (x.type() != ElementType.FLOAT32) {
      throw new IllegalArgumentException("single precision only: " + x);
    }
    return x.address();
  }

  static float get(long address) {
    return MEMORY.get(FLOAT, address);
  }

  static void set(long address, float value) {
    MEMORY.set(FLOAT, address, value);
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, MEMORY, address, ORDER);
  }

  /** Lanes outside the mask read as zero. */
  static FloatVector load(long address, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(SPECIES, MEMORY, address, ORDER, mask);
  }

  static void store(FloatVector v, long address) {
    v.intoMemorySegment(MEMORY, address, ORDER);
  }

  static void store(FloatVector v, long address, VectorMask<Float> mask) {
    v.intoMemorySegment(MEMORY, address, ORDER, mask);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /** Mask of the lanes before index {@code end}, where the first lane has index {@code at}. */
  static VectorMask<Float> mask(int at, int end) {
    return SPECIES.indexInRange(at, end);
  }

  /** Largest multiple of the lane count that is at most n. */
  static int wholeLanes(int n) {
    return SPECIES.loopBound(n);
  }

  /**
   * Sum over the lanes by halves. {@code reduceLanes} is not used: its order is unspecified, and
   * compiled code gives other bits than the interpreter.
   */
  static float sum(FloatVector v) {
    FloatVector s = v;
    if (COUNT >= 16) {
      s = s.add(s.rearrange(HALF_OF_16));
    }
    if (COUNT >= 8) {
      s = s.add(s.rearrange(HALF_OF_8));
    }
    if (COUNT >= 4) {
      s = s.add(s.rearrange(HALF_OF_4));
    }
    return s.add(s.rearrange(HALF_OF_2)).lane(0);
  }

  static float max(FloatVector v) {
    return v.reduceLanes(VectorOperators.MAX);
  }

  /**
   * e^x with a relative error of about 2e-7: split into 2^n * e^r with |r| at most ln(2)/2 (Cody
   * and Waite), polynomial of degree 5 for e^r, n added to the exponent bits. Below -87 the result
   * is about 1e-38 instead of a denormal. An input that is not finite gives NaN, so a diverged
   * value is never hidden.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(-87f).min(88f);
    FloatVector rounded = clamped.fma(LOG2_E, ROUNDER);
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector p = r.fma(1.9875691500e-4f, 1.3981999507e-3f);
    p = p.fma(r, FloatVector.broadcast(SPECIES, 8.3334519073e-3f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 4.1665795894e-2f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 1.6666665459e-1f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1f);
    return p.reinterpretAsInts()
        .add(rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats()
        .add(x.sub(x));
  }

  /**
   * sigmoid(2u) with u = sqrt(2/pi) (x + 0.044715 x^3): gelu-tanh is x times this, without a tanh.
   */
  static FloatVector geluSigmoid(FloatVector x) {
    FloatVector u =
        x.mul(x).fma(broadcast(-2 * SQRT_2_OVER_PI * CUBIC), broadcast(-2 * SQRT_2_OVER_PI)).mul(x);
    return broadcast(1f).div(exp(u).add(1f));
  }

  static FloatVector geluDerivative(FloatVector x) {
    FloatVector s = geluSigmoid(x);
    FloatVector slope =
        x.mul(x).fma(broadcast(6 * SQRT_2_OVER_PI * CUBIC), broadcast(2 * SQRT_2_OVER_PI)).mul(x);
    return s.mul(broadcast(1f).sub(s)).fma(slope, s);
  }
}
