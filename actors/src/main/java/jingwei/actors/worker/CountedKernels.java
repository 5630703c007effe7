package jingwei.actors.worker;

import jingwei.actors.progress.Progress;
import jingwei.model.kernel.AdamStep;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Segments;
import jingwei.model.memory.Matrix;

/** Kernels that count each call when it has ended, so that a long step shows progress. */
public final class CountedKernels implements Kernels {
  private final Kernels kernels;
  private final Progress progress;

  public CountedKernels(Kernels kernels, Progress progress) {
    this.kernels = kernels;
    this.progress = progress;
  }

  @Override
  public String fingerprint() {
    return kernels.fingerprint();
  }

  @Override
  public void finish() {
    kernels.finish();
    progress.made();
  }

  @Override
  public void multiply(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c, boolean accumulate) {
    kernels.multiply(a, transposeA, b, transposeB, c, accumulate);
    progress.made();
  }

  @Override
  public void fill(Matrix x, double value) {
    kernels.fill(x, value);
    progress.made();
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    kernels.copy(x, y);
    progress.made();
  }

  @Override
  public void add(Matrix x, Matrix y) {
    kernels.add(x, y);
    progress.made();
  }

  @Override
  public void broadcastRow(Matrix row, Matrix y) {
    kernels.broadcastRow(row, y);
    progress.made();
  }

  @Override
  public void addRow(Matrix x, Matrix row, Matrix y) {
    kernels.addRow(x, row, y);
    progress.made();
  }

  @Override
  public void sumRows(Matrix x, Matrix row, boolean accumulate) {
    kernels.sumRows(x, row, accumulate);
    progress.made();
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix gain, Matrix bias, double epsilon, Matrix y, Matrix statistics) {
    kernels.layerNorm(x, gain, bias, epsilon, y, statistics);
    progress.made();
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
    kernels.layerNormBackward(
        x, statistics, gain, dy, dx, accumulateInput, dGain, dBias, accumulateWeights);
    progress.made();
  }

  @Override
  public void biasGelu(Matrix x, Matrix bias, Matrix y) {
    kernels.biasGelu(x, bias, y);
    progress.made();
  }

  @Override
  public void geluBackward(Matrix x, Matrix dy, Matrix dx) {
    kernels.geluBackward(x, dy, dx);
    progress.made();
  }

  @Override
  public void gatherRows(Matrix x, int[] index, int from, Matrix y) {
    kernels.gatherRows(x, index, from, y);
    progress.made();
  }

  @Override
  public void gatherAddRows(Matrix x, int[] index, int from, Matrix y) {
    kernels.gatherAddRows(x, index, from, y);
    progress.made();
  }

  @Override
  public void scatterAddRows(Matrix x, int[] index, int from, Matrix y) {
    kernels.scatterAddRows(x, index, from, y);
    progress.made();
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, Segments segments, int heads, Matrix y, Matrix logSumExp) {
    kernels.attention(q, k, v, segments, heads, y, logSumExp);
    progress.made();
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
    kernels.attentionBackward(q, k, v, segments, heads, y, logSumExp, dy, dq, dk, dv);
    progress.made();
  }

  @Override
  public void crossEntropy(Matrix logits, int[] targets, int from, double scale, double[] losses) {
    kernels.crossEntropy(logits, targets, from, scale, losses);
    progress.made();
  }

  @Override
  public double sumOfSquares(Matrix x) {
    double result = kernels.sumOfSquares(x);
    progress.made();
    return result;
  }

  @Override
  public void adam(
      Matrix weights, Matrix gradients, Matrix firstMoment, Matrix secondMoment, AdamStep step) {
    kernels.adam(weights, gradients, firstMoment, secondMoment, step);
    progress.made();
  }
}
