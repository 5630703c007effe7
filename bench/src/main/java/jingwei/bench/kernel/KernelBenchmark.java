package jingwei.bench.kernel;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jingwei.model.SeededRandom;
import jingwei.model.kernel.AdamStep;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Nd4jKernels;
import jingwei.model.kernel.Precision;
import jingwei.model.kernel.Segments;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The shapes of preset bench: 512 tokens, 384 features, 1,536 inner ones, 6 heads, 8,192 words. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class KernelBenchmark {
  private static final int TOKENS = 512;
  private static final int CONTEXT = 256;
  private static final int WIDTH = 384;
  private static final int INNER = 1536;
  private static final int HEADS = 6;
  private static final int WORDS = 8192;
  private static final int EXPERT_TOKENS = 32;
  private static final AdamStep ADAM =
      new AdamStep(
          1e-4,
          new AdamStep.Moment(0.9, 0.9, 0.5),
          new AdamStep.Moment(0.95, 0.95, 0.5),
          1e-8,
          0.1,
          1);

  /** {@code naive} is ND4J's own operations one after the other, the reference of all tests. */
  @Param({"naive", "fp32", "bf16"})
  public String kernels;

  private final NativeMemory memory = NativeMemory.unbounded("kernels");
  private final SeededRandom random = new SeededRandom(1);
  private Kernels measured;
  private Matrix x;
  private Matrix dx;
  private Matrix inner;
  private Matrix dInner;
  private Matrix up;
  private Matrix dUp;
  private Matrix expertRows;
  private Matrix expertInner;
  private Matrix q;
  private Matrix k;
  private Matrix v;
  private Matrix dq;
  private Matrix dk;
  private Matrix dv;
  private Matrix mixed;
  private Matrix logSumExp;
  private Matrix gain;
  private Matrix bias;
  private Matrix dGain;
  private Matrix dBias;
  private Matrix innerBias;
  private Matrix scratch;
  private Matrix statistics;
  private Matrix logits;
  private Matrix words;
  private Matrix first;
  private Matrix second;
  private int[] targets;
  private double[] losses;
  private Segments segments;

  @Setup(Level.Trial)
  public void allocate() {
    measured =
        kernels.equals("naive")
            ? new Nd4jKernels()
            : Precision.valueOf(kernels.toUpperCase(Locale.ROOT)).kernels(memory, 0);
    x = random(TOKENS, WIDTH);
    dx = random(TOKENS, WIDTH);
    inner = random(TOKENS, INNER);
    dInner = random(TOKENS, INNER);
    up = random(WIDTH, INNER);
    dUp = random(WIDTH, INNER);
    expertRows = random(EXPERT_TOKENS, WIDTH);
    expertInner = random(EXPERT_TOKENS, INNER);
    q = random(TOKENS, WIDTH);
    k = random(TOKENS, WIDTH);
    v = random(TOKENS, WIDTH);
    dq = random(TOKENS, WIDTH);
    dk = random(TOKENS, WIDTH);
    dv = random(TOKENS, WIDTH);
    mixed = random(TOKENS, WIDTH);
    logSumExp = random(TOKENS, HEADS);
    gain = random(1, WIDTH);
    bias = random(1, WIDTH);
    dGain = random(1, WIDTH);
    dBias = random(1, WIDTH);
    innerBias = memory.matrix(ElementType.FLOAT32, 1, INNER); // zero: it is added every time
    scratch = random(TOKENS, INNER);
    statistics = random(TOKENS, 2);
    logits = random(CONTEXT, WORDS);
    words = random(WORDS, WIDTH);
    first = random(WIDTH, INNER);
    second = random(WIDTH, INNER);
    measured.multiply(second, false, second, true, random(WIDTH, WIDTH), false);
    measured.fill(second, 0.1);
    targets = IntStream.range(0, TOKENS).map(i -> random.nextInt(WORDS)).toArray();
    losses = new double[TOKENS];
    segments = Segments.of(new int[] {0, CONTEXT, TOKENS});
    measured.layerNorm(x, gain, bias, 1e-5, dx, statistics);
    measured.attention(q, k, v, segments, HEADS, mixed, logSumExp);
  }

  @TearDown(Level.Trial)
  public void free() {
    memory.close();
  }

  @Benchmark
  public void linear() {
    measured.multiply(x, false, up, false, inner, false);
  }

  @Benchmark
  public void linearInputGradient() {
    measured.multiply(dInner, false, up, true, dx, false);
  }

  @Benchmark
  public void linearWeightGradient() {
    measured.multiply(x, true, dInner, false, dUp, true);
  }

  @Benchmark
  public void expertLinear() {
    measured.multiply(expertRows, false, up, false, expertInner, false);
  }

  @Benchmark
  public void expertWeightGradient() {
    measured.multiply(expertRows, true, expertInner, false, dUp, true);
  }

  @Benchmark
  public void attention() {
    measured.attention(q, k, v, segments, HEADS, mixed, logSumExp);
  }

  @Benchmark
  public void attentionBackward() {
    measured.attentionBackward(q, k, v, segments, HEADS, mixed, logSumExp, x, dq, dk, dv);
  }

  @Benchmark
  public void layerNorm() {
    measured.layerNorm(x, gain, bias, 1e-5, dx, statistics);
  }

  @Benchmark
  public void layerNormBackward() {
    measured.layerNormBackward(x, statistics, gain, q, dx, false, dGain, dBias, false);
  }

  @Benchmark
  public void biasGelu() {
    measured.biasGelu(dInner, innerBias, scratch);
  }

  @Benchmark
  public void geluBackward() {
    measured.geluBackward(inner, dInner, scratch);
  }

  @Benchmark
  public void crossEntropy() {
    measured.crossEntropy(logits, targets, 0, 1e-3, losses);
  }

  @Benchmark
  public void gatherRows() {
    measured.gatherRows(words, targets, 0, dx);
  }

  @Benchmark
  public void scatterAddRows() {
    measured.scatterAddRows(x, targets, 0, words);
  }

  @Benchmark
  public double sumOfSquares() {
    return measured.sumOfSquares(dUp);
  }

  @Benchmark
  public void adam() {
    measured.adam(up, dUp, first, second, ADAM);
  }

  private Matrix random(int rows, int columns) {
    Matrix matrix = memory.matrix(ElementType.FLOAT32, rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        matrix.set(i, j, 0.1 * random.nextGaussian());
      }
    }
    return matrix;
  }
}
