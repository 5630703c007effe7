package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The word and position embeddings at the bottom of the decoder, and the head on the same word
 * table at its top (tied, no bias). One owner holds both ends, because both add to the gradient of
 * one table.
 */
public final class Embedding {
  /**
   * Rows of logits in memory at a time; the [tokens, vocabulary] matrix of a batch never exists.
   */
  public static final int HEAD_ROWS = 256;

  /**
   * Unused elements between two rows of logits. With a row stride of a power of two, a column falls
   * into a few cache lines, and the transposed product takes half as long again.
   */
  private static final int PADDING = 16;

  private final int vocabulary;
  private final int words;
  private final int positions;

  public Embedding(
      ParameterLayout.Builder layout,
      int vocabulary,
      int maxPositions,
      int width,
      double deviation) {
    this.vocabulary = vocabulary;
    words = layout.weight("words", vocabulary, width, deviation);
    positions = layout.weight("positions", maxPositions, width, deviation);
  }

  /** A buffer for the logits of a block of rows. */
  public static final class Logits {
    private final RowBuffer rows;

    public Logits(ElementType type, int maxTokens, int vocabulary, NativeMemory memory) {
      rows = new RowBuffer(type, Math.min(HEAD_ROWS, maxTokens), vocabulary, PADDING, memory);
    }
  }

  public Logits newLogits(ElementType type, int maxTokens, NativeMemory memory) {
    return new Logits(type, maxTokens, vocabulary, memory);
  }

  /** x [N, D] = word row of each token + position row of each token. */
  public void forward(
      Kernels kernels, ParameterSet weights, int[] tokens, int[] tokenPositions, Matrix x) {
    kernels.gatherRows(weights.get(words), tokens, 0, x);
    kernels.gatherAddRows(weights.get(positions), tokenPositions, 0, x);
  }

  /**
   * Adds the gradient of the embedded rows. Call it after {@link #lossAndGradient} has run for all
   * micro-batches of the logical replica. Then the sum has one order, even if both ends of the
   * decoder work on different micro-batches.
   *
   * @param first whether it is the replica's first micro-batch
   */
  public void backward(
      Kernels kernels,
      Gradients gradients,
      int[] tokens,
      int[] tokenPositions,
      Matrix gradient,
      boolean first) {
    Matrix dPositions = gradients.values().get(positions);
    if (first) {
      kernels.fill(dPositions, 0);
    }
    kernels.scatterAddRows(gradient, tokens, 0, gradients.values().get(words));
    kernels.scatterAddRows(gradient, tokenPositions, 0, dPositions);
  }

  /**
   * Cross-entropy of x times the transposed word table, with its gradient.
   *
   * @param targets next token of each row, [N]; negative for a row without a target
   * @param scale of the gradient: 1 / target tokens of the step
   * @param losses receives the loss of each token in nats, [N]
   * @param dx receives the gradient of x, [N, D]
   */
  public void lossAndGradient(
      Kernels kernels,
      ParameterSet weights,
      Gradients gradients,
      Logits logits,
      Matrix x,
      int[] targets,
      double scale,
      double[] losses,
      Matrix dx) {
    Matrix table = weights.get(words);
    Matrix dTable = gradients.values().get(words);
    for (int from = 0; from < x.rows(); from += HEAD_ROWS) {
      int to = Math.min(x.rows(), from + HEAD_ROWS);
      Matrix rows = x.rows(from, to);
      Matrix scores = logits.rows.rows(to - from);
      kernels.multiply(rows, false, table, true, scores, false);
      kernels.crossEntropy(scores, targets, from, scale, losses);
      kernels.multiply(scores, false, table, false, dx.rows(from, to), false);
      kernels.multiply(scores, true, rows, false, dTable, gradients.isStarted() || from > 0);
    }
  }

  /** Computes the losses without a gradient. */
  public void losses(
      Kernels kernels,
      ParameterSet weights,
      Logits logits,
      Matrix x,
      int[] targets,
      double[] losses) {
    for (int from = 0; from < x.rows(); from += HEAD_ROWS) {
      int to = Math.min(x.rows(), from + HEAD_ROWS);
      Matrix scores = logits.rows.rows(to - from);
      kernels.multiply(x.rows(from, to), false, weights.get(words), true, scores, false);
      kernels.crossEntropy(scores, targets, from, 1, losses);
    }
  }

  /** Logits of one row, [1, V]; valid until the buffer is used again. */
  public Matrix logits(Kernels kernels, ParameterSet weights, Logits logits, Matrix row) {
    Matrix scores = logits.rows.rows(1);
    kernels.multiply(row, false, weights.get(words), true, scores, false);
    return scores;
  }
}
