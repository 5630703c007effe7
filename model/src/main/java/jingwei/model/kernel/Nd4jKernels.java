package jingwei.model.kernel;

import jingwei.model.memory.Matrix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The reference implementation: every kernel as its formula, in plain ND4J operations, for single
 * and double precision. It is slow and easy to check. The fast kernels are compared with it, and
 * gradient checks run on it.
 */
public final class Nd4jKernels implements Kernels {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  @Override
  public String fingerprint() {
    return "nd4j-reference " + Nd4j.getBackend().getClass().getSimpleName();
  }

  /** Does nothing: all work is done when its call returns. */
  @Override
  public void finish() {}

  @Override
  public void multiply(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c, boolean accumulate) {
    Shapes.product(a, transposeA, b, transposeB, c);
    INDArray left = transposeA ? a.nd4j().transpose() : a.nd4j();
    INDArray right = transposeB ? b.nd4j().transpose() : b.nd4j();
    store(left.dup('c').mmul(right.dup('c')), c, accumulate);
  }

  @Override
  public void fill(Matrix x, double value) {
    x.nd4j().assign(value);
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    Shapes.same(x, y);
    store(x.nd4j(), y, false);
  }

  @Override
  public void add(Matrix x, Matrix y) {
    Shapes.same(x, y);
    store(x.nd4j(), y, true);
  }

  @Override
  public void broadcastRow(Matrix row, Matrix y) {
    Shapes.row(row, y);
    y.nd4j().assign(0);
    y.nd4j().addiRowVector(row.nd4j());
  }

  @Override
  public void addRow(Matrix x, Matrix row, Matrix y) {
    Shapes.same(x, y);
    Shapes.row(row, x);
    store(x.nd4j().addRowVector(row.nd4j()), y, false);
  }

  @Override
  public void sumRows(Matrix x, Matrix row, boolean accumulate) {
    Shapes.row(row, x);
    store(x.nd4j().sum(true, 0), row, accumulate);
  }

  @Override
  public void layerNorm(
      Matrix x, Matrix gain, Matrix bias, double epsilon, Matrix y, Matrix statistics) {
    Shapes.same(x, y);
    Shapes.shape(statistics, x.rows(), 2);
    INDArray mean = x.nd4j().mean(true, 1);
    INDArray centred = x.nd4j().subColumnVector(mean);
    INDArray inverse = Transforms.pow(centred.mul(centred).mean(true, 1).addi(epsilon), -0.5);
    store(
        centred.mulColumnVector(inverse).muliRowVector(gain.nd4j()).addiRowVector(bias.nd4j()),
        y,
        false);
    statistics.nd4j().putColumn(0, mean);
    statistics.nd4j().putColumn(1, inverse);
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
    INDArray inverse = statistics.nd4j().getColumn(1, true).dup();
    INDArray normed =
        x.nd4j()
            .subColumnVector(statistics.nd4j().getColumn(0, true).dup())
            .muliColumnVector(inverse);
    store(dy.nd4j().mul(normed).sum(true, 0), dGain, accumulateWeights);
    store(dy.nd4j().sum(true, 0), dBias, accumulateWeights);
    INDArray dNormed = dy.nd4j().mulRowVector(gain.nd4j());
    INDArray meanOfGradient = dNormed.mean(true, 1);
    INDArray meanOfProduct = dNormed.mul(normed).mean(true, 1);
    INDArray result =
        dNormed
            .subColumnVector(meanOfGradient)
            .subi(normed.mulColumnVector(meanOfProduct))
            .muliColumnVector(inverse);
    store(result, dx, accumulateInput);
  }

  @Override
  public void biasGelu(Matrix x, Matrix bias, Matrix y) {
    Shapes.same(x, y);
    Shapes.row(bias, x);
    x.nd4j().addiRowVector(bias.nd4j());
    INDArray in = x.nd4j();
    store(in.mul(0.5).muli(Transforms.tanh(inner(in), false).addi(1)), y, false);
  }

  @Override
  public void geluBackward(Matrix x, Matrix dy, Matrix dx) {
    Shapes.same(x, dy);
    Shapes.same(x, dx);
    INDArray in = x.nd4j();
    INDArray tanh = Transforms.tanh(inner(in), false);
    INDArray slope = in.mul(in).muli(3 * CUBIC).addi(1).muli(SQRT_2_OVER_PI);
    INDArray derivative =
        tanh.add(1).muli(0.5).addi(tanh.mul(tanh).rsubi(1).muli(slope).muli(in).muli(0.5));
    store(derivative.muli(dy.nd4j()), dx, false);
  }

  @Override
  public void gatherRows(Matrix x, int[] index, int from, Matrix y) {
    fill(y, 0);
    gatherAddRows(x, index, from, y);
  }

  @Override
  public void gatherAddRows(Matrix x, int[] index, int from, Matrix y) {
    Shapes.indices(index, from, y.rows(), x.rows());
    for (int i = 0; i < y.rows(); i++) {
      row(y, i).addi(row(x, index[from + i]));
    }
  }

  @Override
  public void scatterAddRows(Matrix x, int[] index, int from, Matrix y) {
    Shapes.indices(index, from, x.rows(), y.rows());
    for (int i = 0; i < x.rows(); i++) {
      row(y, index[from + i]).addi(row(x, i));
    }
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, Segments segments, int heads, Matrix y, Matrix logSumExp) {
    Shapes.segments(segments, q, k);
    int width = q.columns() / heads;
    for (int s = 0; s < segments.count(); s++) {
      Rows queries = new Rows(segments.queries()[s], segments.queries()[s + 1]);
      Rows keys = new Rows(segments.keys()[s], segments.keys()[s + 1]);
      for (int h = 0; h < heads && queries.count() > 0; h++) {
        int column = h * width;
        INDArray scores =
            scores(block(q, queries, column, width).dup('c'), block(k, keys, column, width));
        INDArray max = scores.max(true, 1);
        INDArray sum = Transforms.exp(scores.subColumnVector(max)).sum(true, 1);
        INDArray lse = max.add(Transforms.log(sum));
        INDArray probabilities = Transforms.exp(scores.subColumnVector(lse));
        block(y, queries, column, width)
            .assign(probabilities.mmul(block(v, keys, column, width).dup('c')));
        block(logSumExp, queries, h, 1).assign(lse);
      }
    }
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
    Shapes.segments(segments, q, k);
    int width = q.columns() / heads;
    double scale = 1 / Math.sqrt(width);
    for (int s = 0; s < segments.count(); s++) {
      Rows queries = new Rows(segments.queries()[s], segments.queries()[s + 1]);
      Rows keys = new Rows(segments.keys()[s], segments.keys()[s + 1]);
      if (queries.count() == 0 && keys.count() > 0) {
        block(dk, keys, 0, dk.columns()).assign(0);
        block(dv, keys, 0, dv.columns()).assign(0);
      }
      for (int h = 0; h < heads && queries.count() > 0; h++) {
        int column = h * width;
        INDArray lse = block(logSumExp, queries, h, 1).dup('c');
        INDArray query = block(q, queries, column, width).dup('c');
        INDArray scores = scores(query, block(k, keys, column, width));
        INDArray probabilities = Transforms.exp(scores.subColumnVector(lse));
        INDArray out = block(dy, queries, column, width).dup('c');
        block(dv, keys, column, width).assign(probabilities.transpose().mmul(out));
        INDArray dProbabilities = out.mmul(block(v, keys, column, width).transpose());
        INDArray dot = out.mul(block(y, queries, column, width)).sum(true, 1);
        INDArray dScores = dProbabilities.subColumnVector(dot).muli(probabilities).muli(scale);
        block(dq, queries, column, width)
            .assign(dScores.mmul(block(k, keys, column, width).dup('c')));
        block(dk, keys, column, width).assign(dScores.transpose().mmul(query));
      }
    }
  }

  @Override
  public void crossEntropy(Matrix logits, int[] targets, int from, double scale, double[] losses) {
    for (int i = 0; i < logits.rows(); i++) {
      INDArray row = row(logits, i);
      int target = targets[from + i];
      if (target < 0) {
        losses[from + i] = 0;
        row.assign(0);
        continue;
      }
      double max = row.maxNumber().doubleValue();
      INDArray exponentials = Transforms.exp(row.sub(max));
      double sum = exponentials.sumNumber().doubleValue();
      losses[from + i] = Math.log(sum) + max - row.getDouble(target);
      row.assign(exponentials.muli(scale / sum));
      row.putScalar(target, row.getDouble(target) - scale);
    }
  }

  @Override
  public double sumOfSquares(Matrix x) {
    return x.nd4j()
        .castTo(DataType.DOUBLE)
        .mul(x.nd4j().castTo(DataType.DOUBLE))
        .sumNumber()
        .doubleValue();
  }

  @Override
  public void adam(
      Matrix weights, Matrix gradients, Matrix firstMoment, Matrix secondMoment, AdamStep step) {
    INDArray gradient = gradients.nd4j().mul(step.gradientScale());
    INDArray m = firstMoment.nd4j();
    INDArray v = secondMoment.nd4j();
    m.muli(step.first().decay()).addi(gradient.mul(1 - step.first().beta()));
    v.muli(step.second().decay()).addi(gradient.mul(gradient).muli(1 - step.second().beta()));
    INDArray denominator =
        Transforms.sqrt(v.div(step.second().correction()), true).addi(step.epsilon());
    INDArray change =
        m.div(step.first().correction())
            .divi(denominator)
            .addi(weights.nd4j().mul(step.weightDecay()));
    weights.nd4j().subi(change.muli(step.learningRate()));
  }

  private static INDArray inner(INDArray x) {
    return x.mul(x).muli(CUBIC).addi(1).muli(x).muli(SQRT_2_OVER_PI);
  }

  /** Scaled scores of one head in one segment; keys after the query are minus infinity. */
  private static INDArray scores(INDArray query, INDArray key) {
    int queries = query.rows();
    int keys = key.rows();
    INDArray scores = query.mmul(key.transpose()).muli(1 / Math.sqrt(query.columns()));
    for (int i = 0; i < queries; i++) {
      for (int j = keys - queries + i + 1; j < keys; j++) {
        scores.putScalar(i, j, Double.NEGATIVE_INFINITY);
      }
    }
    return scores;
  }

  private record Rows(int from, int to) {
    int count() {
      return to - from;
    }
  }

  private static INDArray block(Matrix x, Rows rows, int column, int width) {
    return x.rows(rows.from, rows.to).columns(column, column + width).nd4j();
  }

  private static INDArray row(Matrix x, int i) {
    return x.rows(i, i + 1).nd4j();
  }

  private static void store(INDArray value, Matrix into, boolean accumulate) {
    if (accumulate) {
      into.nd4j().addi(value);
    } else {
      into.nd4j().assign(value);
    }
  }
}
