package jingwei.model;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers that depend only on their seed, on every JDK and machine (promise P1): SplitMix64
 * (Steele, Lea and Flood 2014), and the polar method for normal ones. The JDK's own generators may
 * change their algorithm.
 */
public final class SeededRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;
  private double spare;
  private boolean hasSpare;

  public SeededRandom(long seed) {
    this.state = seed;
  }

  /** A separate stream for a named purpose under one seed. */
  public static SeededRandom of(long seed, String purpose) {
    long hash = seed;
    for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
      hash = mix(hash + GOLDEN_GAMMA + b);
    }
    return new SeededRandom(hash);
  }

  /** A separate stream for numbered objects under one seed. */
  public static SeededRandom of(long seed, long... coordinates) {
    long hash = seed;
    for (long coordinate : coordinates) {
      hash = mix(mix(hash + GOLDEN_GAMMA) ^ coordinate);
    }
    return new SeededRandom(hash);
  }

  public long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform in [0, bound), without bias. */
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound=" + bound);
    }
    long limit = (1L << 31) / bound * bound;
    long value = nextLong() >>> 33;
    while (value >= limit) {
      value = nextLong() >>> 33;
    }
    return (int) (value % bound);
  }

  /**
   * Normal with mean 0 and deviation 1 (Marsaglia's polar method; StrictMath, so the same bits
   * everywhere).
   */
  public double nextGaussian() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double x;
    double y;
    double square;
    do {
      x = 2 * nextDouble() - 1;
      y = 2 * nextDouble() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double factor = StrictMath.sqrt(-2 * StrictMath.log(square) / square);
    spare = y * factor;
    hasSpare = true;
    return x * factor;
  }

  /**
   * Draws points evenly from the unit disk without its centre, as {@link #nextGaussian()} does,
   * until the arrays are full.
   *
   * @param squares receives the square of each point's distance from the centre
   */
  public void nextInDisk(double[] x, double[] y, double[] squares) {
    long at = state;
    int points = 0;
    while (points < squares.length) {
      double first = 2 * ((mix(at += GOLDEN_GAMMA) >>> 11) * 0x1.0p-53) - 1;
      double second = 2 * ((mix(at += GOLDEN_GAMMA) >>> 11) * 0x1.0p-53) - 1;
      double square = first * first + second * second;
      x[points] = first;
      y[points] = second;
      squares[points] = square;
      // Sign bits instead of branches, which would be mispredicted: square < 1 and square > 0.
      long isInside = Double.doubleToRawLongBits(square - 1) & -Double.doubleToRawLongBits(square);
      points += (int) (isInside >>> 63);
    }
    state = at;
  }

  /** Puts the elements into random order (Fisher and Yates). */
  public void shuffle(int[] elements) {
    for (int i = elements.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swapped = elements[i];
      elements[i] = elements[j];
      elements[j] = swapped;
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
