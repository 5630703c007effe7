package jingwei.bench.mixture;

import jingwei.model.kernel.Kernels;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * A learned top-1 gate within the domain of each token (Switch, 2101.03961):
 *
 * <pre>
 *   p = softmax(x W[domain])     over the E experts of the domain
 *   e = argmax p;  y = p[e] expert[e](x)
 * </pre>
 */
final class GateLayer {
  private static final double DEVIATION = 0.02;

  private final int perDomain;
  private final int[] weights;

  /**
   * @param width D of x
   * @param perDomain experts of a domain
   */
  GateLayer(ParameterLayout.Builder layout, int width, int domains, int perDomain) {
    this.perDomain = perDomain;
    weights = new int[domains];
    for (int domain = 0; domain < domains; domain++) {
      weights[domain] = layout.weight(domain + ".weight", width, perDomain, DEVIATION);
    }
  }

  /** What the backward needs of one micro-batch. */
  static final class Activations {
    private final RowBuffer probabilities;
    private final RowBuffer slopes;
    private final double[] chosen;
    private final double[] dChosen;
    private int[] experts = new int[0];

    private Activations(ElementType type, int maxTokens, int perDomain, NativeMemory memory) {
      probabilities = new RowBuffer(type, maxTokens, perDomain, memory);
      slopes = new RowBuffer(type, maxTokens, perDomain, memory);
      chosen = new double[maxTokens];
      dChosen = new double[maxTokens];
    }

    /** Expert of each token, counted within the layer; read-only. */
    int[] experts() {
      return experts;
    }

    /** Of each token for the experts of its domain, [N, E]. */
    Matrix probabilities() {
      return probabilities.rows(experts.length);
    }
  }

  Activations newActivations(ElementType type, int maxTokens, NativeMemory memory) {
    return new Activations(type, maxTokens, perDomain, memory);
  }

  /**
   * Chooses the experts of a micro-batch.
   *
   * @param domains of each token
   * @param x [N, D], in token order
   */
  RoutePlan route(
      Kernels kernels, ParameterSet values, Activations activations, int[] domains, Matrix x) {
    int n = x.rows();
    activations.experts = new int[n];
    Matrix logits = activations.probabilities();
    for (int from = 0, to; from < n; from = to) {
      to = from + 1;
      while (to < n && domains[to] == domains[from]) {
        to++;
      }
      Matrix own = values.get(weights[domains[from]]);
      kernels.multiply(x.rows(from, to), false, own, false, logits.rows(from, to), false);
    }
    kernels.finish();
    for (int token = 0; token < n; token++) {
      int best = softmax(logits, token);
      activations.experts[token] = domains[token] * perDomain + best;
      activations.chosen[token] = logits.get(token, best);
    }
    return RoutePlan.of(activations.experts, weights.length * perDomain);
  }

  /** Replaces a row by its softmax and returns the largest column, of equal ones the first. */
  private static int softmax(Matrix x, int row) {
    int best = 0;
    for (int j = 1; j < x.columns(); j++) {
      best = x.get(row, j) > x.get(row, best) ? j : best;
    }
    double largest = x.get(row, best);
    double sum = 0;
    for (int j = 0; j < x.columns(); j++) {
      double power = Math.exp(x.get(row, j) - largest);
      x.set(row, j, power);
      sum += power;
    }
    for (int j = 0; j < x.columns(); j++) {
      x.set(row, j, x.get(row, j) / sum);
    }
    return best;
  }

  /**
   * Multiplies rows by the probabilities of their choices: the outputs of the experts in the
   * forward, and the gradients of those outputs in the backward.
   *
   * @param rows sorted by expert, [N, D]
   */
  static void scale(Activations activations, RoutePlan plan, Matrix rows) {
    GateRows.scale(rows, plan.order(), activations.chosen);
  }

  /**
   * Computes the gradient of the probability of each choice.
   *
   * @param gradient of y, in token order, [N, D]
   * @param scaled the scaled outputs of the experts, sorted by expert, [N, D]
   */
  static void chosenGradient(
      Activations activations, RoutePlan plan, Matrix gradient, Matrix scaled) {
    GateRows.dot(gradient, scaled, plan.place(), activations.dChosen);
    for (int token = 0; token < gradient.rows(); token++) {
      activations.dChosen[token] /= activations.chosen[token];
    }
  }

  /**
   * Adds to the gradients of the gate and of its input.
   *
   * @param balance of the layer, over all tokens of the step
   * @param gradients of W
   * @param x sorted by expert, [N, D]
   * @param dx of the same rows
   */
  void backward(
      Kernels kernels,
      ParameterSet values,
      ParameterSet gradients,
      Activations activations,
      BalanceLoss balance,
      RoutePlan plan,
      Matrix x,
      Matrix dx) {
    Matrix slopes = activations.slopes.rows(x.rows());
    for (int row = 0; row < x.rows(); row++) {
      softmaxGradient(activations, balance, plan.order()[row], slopes, row);
    }
    for (int from = 0, to; from < plan.numActive(); from = to) {
      int domain = plan.expert(from) / perDomain;
      to = from + 1;
      while (to < plan.numActive() && plan.expert(to) / perDomain == domain) {
        to++;
      }
      int start = plan.from(from);
      int end = plan.to(to - 1);
      Matrix own = slopes.rows(start, end);
      Matrix dWeight = gradients.get(weights[domain]);
      kernels.multiply(x.rows(start, end), true, own, false, dWeight, true);
      kernels.multiply(own, false, values.get(weights[domain]), true, dx.rows(start, end), true);
    }
  }

  /** Writes the gradient of the logits of a token. */
  private void softmaxGradient(
      Activations activations, BalanceLoss balance, int token, Matrix slopes, int row) {
    Matrix p = activations.probabilities();
    int expert = activations.experts[token];
    int first = expert / perDomain * perDomain;
    double mean = activations.dChosen[token] * activations.chosen[token];
    for (int e = 0; e < perDomain; e++) {
      mean += balance.slope(first + e) * p.get(token, e);
    }
    for (int e = 0; e < perDomain; e++) {
      double own = first + e == expert ? activations.dChosen[token] : 0;
      slopes.set(row, e, p.get(token, e) * (own + balance.slope(first + e) - mean));
    }
  }
}
