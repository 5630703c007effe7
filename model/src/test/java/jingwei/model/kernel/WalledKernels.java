package jingwei.model.kernel;

import java.util.ArrayDeque;
import java.util.Queue;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.WalledSpace;

/** Kernels that queue their work until it is waited for; see {@link WalledBackend}. */
final class WalledKernels implements Kernels {
  private final Kernels kernels;
  private final WalledSpace space;
  private final Queue<Runnable> queue = new ArrayDeque<>();

  WalledKernels(Kernels kernels, WalledSpace space) {
    this.kernels = kernels;
    this.space = space;
  }

  private Matrix in(Matrix walled) {
    return space.inside(walled);
  }

  @Override
  public String fingerprint() {
    return kernels.fingerprint();
  }

  @Override
  public void finish() {
    while (!queue.isEmpty()) {
      queue.remove().run();
    }
    kernels.finish();
  }

  @Override
  public void multiply(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c, boolean accumulate) {
    Matrix left = in(a);
    Matrix right = in(b);
    Matrix product = in(c);
    queue.add(() -> kernels.multiply(left, transposeA, right, transposeB, product, accumulate));
  }

  @Override
  public void fill(Matrix x, double value) {
    Matrix inX = in(x);
    queue.add(() -> kernels.fill(inX, value));
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    Matrix inX = in(x);
    Matrix inY = in(y);
    queue.add(() -> kernels.copy(inX, inY));
  }

  @Override
  public void add(Matrix x, Matrix y) {
    Matrix inX = in(x);
    Matrix inY = in(y);
    queue.add(() -> kernels.add(inX, inY));
  }

  @Override
  public void broadcastRow(Matrix row, Matrix y) {
    Matrix inRow = in(row);
    Matrix inY = in(y);
    queue.add(() -> kernels.broadcastRow(inRow, inY));
  }

  @Override
  public void addRow(Matrix x, Matrix row, Matrix y) {
    Matrix inX = in(x);
    Matrix inRow = in(row);
    Matrix inY = in(y);
    queue.add(() -> kernels.addRow(inX, inRow, inY));
  }

  @Override
  public void sumRows(Matrix x, Matrix row, boolean accumulate) {
    Matrix inX = in(x);
    Matrix inRow = in(row);
    queue.add(() -> kernels.sumRows(inX, inRow, accumulate));
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix gain, Matrix bias, double epsilon, Matrix y, Matrix statistics) {
    Matrix inX = in(x);
    Matrix inGain = in(gain);
    Matrix inBias = in(bias);
    Matrix inY = in(y);
    Matrix inStatistics = in(statistics);
    queue.add(() -> kernels.layerNorm(inX, inGain, inBias, epsilon, inY, inStatistics));
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
    Matrix inX = in(x);
    Matrix inStatistics = in(statistics);
    Matrix inGain = in(gain);
    Matrix inDy = in(dy);
    Matrix inDx = in(dx);
    Matrix inDGain = in(dGain);
    Matrix inDBias = in(dBias);
    queue.add(
        () ->
            kernels.layerNormBackward(
                inX,
                inStatistics,
                inGain,
                inDy,
                inDx,
                accumulateInput,
                inDGain,
                inDBias,
                accumulateWeights));
  }

  @Override
  public void biasGelu(Matrix x, Matrix bias, Matrix y) {
    Matrix inX = in(x);
    Matrix inBias = in(bias);
    Matrix inY = in(y);
    queue.add(() -> kernels.biasGelu(inX, inBias, inY));
  }

  @Override
  public void geluBackward(Matrix x, Matrix dy, Matrix dx) {
    Matrix inX = in(x);
    Matrix inDy = in(dy);
    Matrix inDx = in(dx);
    queue.add(() -> kernels.geluBackward(inX, inDy, inDx));
  }

  @Override
  public void gatherRows(Matrix x, int[] index, int from, Matrix y) {
    Matrix inX = in(x);
    Matrix inY = in(y);
    queue.add(() -> kernels.gatherRows(inX, index, from, inY));
  }

  @Override
  public void gatherAddRows(Matrix x, int[] index, int from, Matrix y) {
    Matrix inX = in(x);
    Matrix inY = in(y);
    queue.add(() -> kernels.gatherAddRows(inX, index, from, inY));
  }

  @Override
  public void scatterAddRows(Matrix x, int[] index, int from, Matrix y) {
    Matrix inX = in(x);
    Matrix inY = in(y);
    queue.add(() -> kernels.scatterAddRows(inX, index, from, inY));
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, Segments segments, int heads, Matrix y, Matrix logSumExp) {
    Matrix inQ = in(q);
    Matrix inK = in(k);
    Matrix inV = in(v);
    Matrix inY = in(y);
    Matrix inLogSumExp = in(logSumExp);
    queue.add(() -> kernels.attention(inQ, inK, inV, segments, heads, inY, inLogSumExp));
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
    Matrix inQ = in(q);
    Matrix inK = in(k);
    Matrix inV = in(v);
    Matrix inY = in(y);
    Matrix inLogSumExp = in(logSumExp);
    Matrix inDy = in(dy);
    Matrix inDq = in(dq);
    Matrix inDk = in(dk);
    Matrix inDv = in(dv);
    queue.add(
        () ->
            kernels.attentionBackward(
                inQ, inK, inV, segments, heads, inY, inLogSumExp, inDy, inDq, inDk, inDv));
  }

  @Override
  public void crossEntropy(Matrix logits, int[] targets, int from, double scale, double[] losses) {
    Matrix inLogits = in(logits);
    queue.add(() -> kernels.crossEntropy(inLogits, targets, from, scale, losses));
  }

  @Override
  public double sumOfSquares(Matrix x) {
    finish();
    return kernels.sumOfSquares(in(x));
  }

  @Override
  public void adam(
      Matrix weights, Matrix gradients, Matrix firstMoment, Matrix secondMoment, AdamStep step) {
    Matrix inWeights = in(weights);
    Matrix inGradients = in(gradients);
    Matrix inFirst = in(firstMoment);
    Matrix inSecond = in(secondMoment);
    queue.add(() -> kernels.adam(inWeights, inGradients, inFirst, inSecond, step));
  }
}
