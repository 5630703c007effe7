package jingwei.model.kernel;

import jingwei.model.kernel.Products.Side;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * Causal attention, one block of query rows at a time. The scores of a block against its visible
 * keys stay in cache, and the probabilities of a batch are never stored. The backward recomputes
 * them from the log-sum-exp (Dao et al. 2022). It goes from the last block to the first, so that
 * the first block it writes covers every key.
 */
final class VectorAttention {
  private static final int BLOCK_ROWS = 48;

  private final NativeMemory memory;
  private final Products products;
  private long probabilities;
  private long gradients;
  private final float[] inverseSums = new float[BLOCK_ROWS];
  private int capacity;

  VectorAttention(NativeMemory memory, Products products) {
    this.memory = memory;
    this.products = products;
  }

  void forward(
      Matrix q, Matrix k, Matrix v, Segments segments, int heads, Matrix y, Matrix logSumExp) {
    int width = q.columns() / heads;
    float scale = (float) (1 / Math.sqrt(width));
    for (int s = 0; s < segments.count(); s++) {
      int firstQuery = segments.queries()[s];
      int length = segments.queries()[s + 1] - firstQuery;
      int first = segments.keys()[s];
      int keysBefore = segments.keys()[s + 1] - first - length;
      reserve(keysBefore + length);
      for (int h = 0; h < heads && length > 0; h++) {
        for (int from = 0; from < length; from += BLOCK_ROWS) {
          int rows = Math.min(length - from, BLOCK_ROWS);
          int visible = keysBefore + from;
          int to = visible + rows;
          int row = firstQuery + from;
          products.multiply(
              rows,
              to,
              width,
              side(q, row, h * width),
              side(k, first, h * width).transposed(),
              probabilities,
              4L * to,
              false);
          for (int i = 0; i < rows; i++) {
            float lse = exponentials(probabilities + 4L * i * to, i, visible + i + 1, to, scale);
            Lanes.set(at(logSumExp, row + i, h), lse);
          }
          products.multiply(
              rows,
              width,
              to,
              new Side(probabilities, 4L * to, 4),
              side(v, first, h * width),
              at(y, row, h * width),
              4 * y.rowStride(),
              false);
          // Scales the result, because its rows are shorter than those of the probabilities.
          for (int i = 0; i < rows; i++) {
            VectorRows.scale(at(y, row + i, h * width), width, inverseSums[i]);
          }
        }
      }
    }
  }

  void backward(
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
    int width = q.columns() / heads;
    float scale = (float) (1 / Math.sqrt(width));
    for (int s = 0; s < segments.count(); s++) {
      int firstQuery = segments.queries()[s];
      int length = segments.queries()[s + 1] - firstQuery;
      int first = segments.keys()[s];
      int keysBefore = segments.keys()[s + 1] - first - length;
      if (length == 0) {
        fill(dk, first, keysBefore);
        fill(dv, first, keysBefore);
      }
      reserve(keysBefore + length);
      for (int h = 0; h < heads && length > 0; h++) {
        int column = h * width;
        Side keys = side(k, first, column).transposed();
        Side values = side(v, first, column).transposed();
        int lastBlock = (length - 1) / BLOCK_ROWS * BLOCK_ROWS;
        for (int from = lastBlock; from >= 0; from -= BLOCK_ROWS) {
          int rows = Math.min(length - from, BLOCK_ROWS);
          int visible = keysBefore + from;
          int to = visible + rows;
          int row = firstQuery + from;
          boolean accumulate = from < lastBlock;
          Side query = side(q, row, column);
          Side dRow = side(dy, row, column);
          products.multiply(rows, to, width, query, keys, probabilities, 4L * to, false);
          products.multiply(rows, to, width, dRow, values, gradients, 4L * to, false);
          for (int i = 0; i < rows; i++) {
            float dot = VectorRows.dot(at(y, row + i, column), at(dy, row + i, column), width);
            float lse = Lanes.get(at(logSumExp, row + i, h));
            int valid = visible + i + 1;
            long p = probabilities + 4L * i * to;
            long d = gradients + 4L * i * to;
            VectorRows.softmaxGradient(p, d, valid, scale, lse, dot);
            VectorRows.fill(p + 4L * valid, to - valid, 0f);
            VectorRows.fill(d + 4L * valid, to - valid, 0f);
          }
          Side dScores = new Side(gradients, 4L * to, 4);
          long dqRow = at(dq, row, column);
          products.multiply(
              rows, width, to, dScores, side(k, first, column), dqRow, 4 * dq.rowStride(), false);
          long dkRow = at(dk, first, column);
          products.multiply(
              to, width, rows, dScores.transposed(), query, dkRow, 4 * dk.rowStride(), accumulate);
          long dvRow = at(dv, first, column);
          products.multiply(
              to,
              width,
              rows,
              new Side(probabilities, 4L * to, 4).transposed(),
              dRow,
              dvRow,
              4 * dv.rowStride(),
              accumulate);
        }
      }
    }
  }

  /**
   * Replaces each score of a row by exp(scale * (score - largest score)), and everything from
   * {@code valid} on by zero. Keeps the inverse sum of the row and returns the log of the sum.
   */
  private float exponentials(long row, int i, int valid, int length, float scale) {
    float max = VectorRows.max(row, valid);
    float sum = VectorRows.exponentials(row, valid, scale, -max * scale);
    VectorRows.fill(row + 4L * valid, length - valid, 0f);
    inverseSums[i] = 1 / sum;
    return (float) (max * scale + StrictMath.log(sum));
  }

  private static void fill(Matrix x, int first, int rows) {
    for (int row = first; row < first + rows; row++) {
      VectorRows.fill(at(x, row, 0), x.columns(), 0f);
    }
  }

  private static Side side(Matrix x, int row, int column) {
    return new Side(at(x, row, column), 4 * x.rowStride(), 4);
  }

  private static long at(Matrix x, int row, int column) {
    return Lanes.address(x) + 4 * (row * x.rowStride() + column);
  }

  /** Grows the scratch memory to the longest segment so far; happens in warm-up only. */
  private void reserve(int length) {
    if (length > capacity) {
      int newCapacity = Math.max(length, 2 * capacity);
      probabilities = memory.block(4L * BLOCK_ROWS * newCapacity).address();
      gradients = memory.block(4L * BLOCK_ROWS * newCapacity).address();
      // Set last: if an allocation above exceeds the budget, the old capacity must stay.
      capacity = newCapacity;
    }
  }
}
