package jingwei.model.kernel;

import jingwei.model.memory.Matrix;

/**
 * All arithmetic that layers and optimizers need.
 *
 * <p>Shapes are given as [rows, columns] with N tokens, D features, V vocabulary entries. Outputs
 * are written in place. A method with an {@code accumulate} flag adds its result to the output if
 * the flag is set; otherwise the result replaces the output. Inputs and outputs must not overlap
 * unless a method says so. Every result depends on its inputs alone: same inputs, same bits.
 *
 * <p>A call may return before its work is done. The work of one instance is done in the order of
 * the calls. {@link #finish} waits for it; until then nobody else may use the outputs, change the
 * inputs, or read an array that a kernel fills. A method that returns a value waits by itself.
 *
 * <p>An instance keeps scratch memory and serves one thread at a time, so each worker has its own.
 */
public interface Kernels {
  /**
   * Version of the kernels, vector width and library. Kernels with another fingerprint give other
   * bits.
   */
  String fingerprint();

  /** Waits until the work of all calls so far is done, and reports what went wrong in it. */
  void finish();

  /**
   * Matrix product c = op(a) op(b), or c += op(a) op(b); op transposes its matrix on request.
   *
   * @param a [M, K], or [K, M] if {@code transposeA}
   * @param b [K, N], or [N, K] if {@code transposeB}
   * @param c [M, N]
   */
  void multiply(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c, boolean accumulate);

  /** Sets every element. */
  void fill(Matrix x, double value);

  /** y = x. */
  void copy(Matrix x, Matrix y);

  /** y += x, element by element. */
  void add(Matrix x, Matrix y);

  /** Writes the row [1, D] into every row of y [N, D]. */
  void broadcastRow(Matrix row, Matrix y);

  /** y = x + row for every row of x; the start of a residual connection. */
  void addRow(Matrix x, Matrix row, Matrix y);

  /** Sum over the rows of x [N, D] into row [1, D]. */
  void sumRows(Matrix x, Matrix row, boolean accumulate);

  /**
   * LayerNorm of every row: y = (x - mean) / sqrt(variance + epsilon) * gain + bias.
   *
   * @param gain [1, D]
   * @param bias [1, D]
   * @param statistics [N, 2], receives mean and 1 / sqrt(variance + epsilon) of every row
   */
  void layerNorm(Matrix x, Matrix gain, Matrix bias, double epsilon, Matrix y, Matrix statistics);

  /**
   * Backward of {@link #layerNorm}.
   *
   * @param x the forward's input [N, D]
   * @param statistics as the forward wrote it
   * @param dy gradient of the output [N, D]
   * @param dx receives the gradient of x [N, D], added to its content if {@code accumulateInput};
   *     must not be dy
   * @param dGain [1, D], gradient of the gain, added to its content if {@code accumulateWeights}
   * @param dBias [1, D], gradient of the bias, accumulated in the same way
   */
  void layerNormBackward(
      Matrix x,
      Matrix statistics,
      Matrix gain,
      Matrix dy,
      Matrix dx,
      boolean accumulateInput,
      Matrix dGain,
      Matrix dBias,
      boolean accumulateWeights);

  /**
   * x += bias, then y = gelu(x) in its tanh form (Hendrycks and Gimpel 2016). The new x is kept as
   * the input of the backward.
   *
   * @param bias [1, D]
   */
  void biasGelu(Matrix x, Matrix bias, Matrix y);

  /** dx = dy * gelu'(x); dx may be x or dy. */
  void geluBackward(Matrix x, Matrix dy, Matrix dx);

  /** Row i of y = row {@code index[from + i]} of x, for every row of y. */
  void gatherRows(Matrix x, int[] index, int from, Matrix y);

  /** Row i of y += row {@code index[from + i]} of x, for every row of y. */
  void gatherAddRows(Matrix x, int[] index, int from, Matrix y);

  /**
   * Row {@code index[from + i]} of y += row i of x, for every row of x in order; an index may occur
   * several times.
   */
  void scatterAddRows(Matrix x, int[] index, int from, Matrix y);

  /**
   * Causal attention: a softmax over the keys of the query's segment, up to the query's own
   * position. Scores are divided by sqrt(D / heads).
   *
   * @param q [Nq, D], heads are neighbouring column ranges
   * @param k [Nk, D]
   * @param v [Nk, D]
   * @param segments of queries and keys
   * @param y [Nq, D]
   * @param logSumExp [Nq, heads], receives the log of the sum of exponentials, from which the
   *     backward recomputes the probabilities
   */
  void attention(
      Matrix q, Matrix k, Matrix v, Segments segments, int heads, Matrix y, Matrix logSumExp);

  /** Backward of {@link #attention}; dq, dk and dv are replaced. */
  void attentionBackward(
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
      Matrix dv);

  /**
   * Cross-entropy of every row against its target, fused with its gradient.
   *
   * @param logits [N, V]; replaced by the gradient of {@code scale * (sum of losses)}
   * @param targets class of row i at {@code from + i}; a negative value means that the row has no
   *     target, no loss and no gradient
   * @param losses receives the loss of row i, in nats, at {@code from + i} (0 without a target); it
   *     is there after {@link #finish}
   */
  void crossEntropy(Matrix logits, int[] targets, int from, double scale, double[] losses);

  /** Sum of the squares of all elements; waits for its result. */
  double sumOfSquares(Matrix x);

  /**
   * One Adam update; see {@link AdamStep}. The four matrices have the same shape. All of them are
   * updated except the gradients.
   */
  void adam(
      Matrix weights, Matrix gradients, Matrix firstMoment, Matrix secondMoment, AdamStep step);
}
