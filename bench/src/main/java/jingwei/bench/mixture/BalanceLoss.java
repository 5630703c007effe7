package jingwei.bench.mixture;

import java.util.Arrays;
import jingwei.model.memory.Matrix;

/**
 * The balance loss of one layer over the tokens of a step (Switch, 2101.03961, equation 4), within
 * each domain:
 *
 * <pre>
 *   factor * mean over the domains of the step of (E * sum over its E experts of f * P)
 * </pre>
 *
 * with f the share of the domain's tokens that go to an expert, which has no gradient, and P the
 * mean probability of that expert over the domain's tokens.
 */
final class BalanceLoss {
  private final double factor;
  private final int perDomain;
  private final long[] chosen;
  private final double[] probabilities;
  private final long[] tokens;
  private int domains;

  /**
   * @param perDomain experts of a domain
   */
  BalanceLoss(double factor, int numDomains, int perDomain) {
    this.factor = factor;
    this.perDomain = perDomain;
    chosen = new long[numDomains * perDomain];
    probabilities = new double[numDomains * perDomain];
    tokens = new long[numDomains];
  }

  /** Starts the next step. */
  void clear() {
    Arrays.fill(chosen, 0);
    Arrays.fill(probabilities, 0);
    Arrays.fill(tokens, 0);
    domains = 0;
  }

  /**
   * Adds the tokens of a micro-batch.
   *
   * @param expert of each token, counted within the layer
   * @param of each token for the experts of its domain, [N, E]
   */
  void add(int[] expert, Matrix of) {
    for (int token = 0; token < expert.length; token++) {
      int domain = expert[token] / perDomain;
      domains += tokens[domain]++ == 0 ? 1 : 0;
      chosen[expert[token]]++;
      for (int e = 0; e < perDomain; e++) {
        probabilities[domain * perDomain + e] += of.get(token, e);
      }
    }
  }

  /** The loss; 0 without tokens. */
  double loss() {
    double sum = 0;
    for (int e = 0; e < chosen.length; e++) {
      sum += slope(e) * probabilities[e];
    }
    return sum;
  }

  /**
   * The derivative by the probability that a token gives to an expert.
   *
   * @param expert counted within the layer
   */
  double slope(int expert) {
    double own = tokens[expert / perDomain];
    return own == 0 ? 0 : factor / domains * perDomain * (chosen[expert] / own) / own;
  }
}
