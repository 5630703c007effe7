package jingwei.bench.ecss;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What follows from the figures of the rungs. */
final class Ladder {
  private Ladder() {}

  /**
   * The line t = C + f H through the times of a step.
   *
   * @param c seconds of a step that activates no expert
   * @param h seconds that a step takes longer if it activates all experts
   * @param residual root of the mean squared distance from the line, in seconds
   */
  record Fit(double c, double h, double residual) {}

  /**
   * The line with the least squares through some points.
   *
   * @param shares of activated experts, f
   * @param seconds of a step, t
   */
  static Fit fit(double[] shares, double[] seconds) {
    int n = shares.length;
    if (n < 2 || n != seconds.length) {
      throw new IllegalArgumentException("shares=%d seconds=%d".formatted(n, seconds.length));
    }
    double meanShare = Arrays.stream(shares).average().orElseThrow();
    double meanSeconds = Arrays.stream(seconds).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (int i = 0; i < n; i++) {
      covariance += (shares[i] - meanShare) * (seconds[i] - meanSeconds);
      variance += (shares[i] - meanShare) * (shares[i] - meanShare);
    }
    double h = covariance / variance;
    double c = meanSeconds - h * meanShare;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double distance = seconds[i] - c - h * shares[i];
      squares += distance * distance;
    }
    return new Fit(c, h, Math.sqrt(squares / n));
  }

  /**
   * The share of a transfer that computing hides, or of computing that a transfer hides: 1 if a
   * step takes no longer than the longer of both, 0 if it takes as long as both together.
   *
   * @param transfer seconds that the slower direction takes alone
   * @param compute seconds that computing takes alone
   * @param step seconds of a step
   */
  static double hiddenShare(double transfer, double compute, double step) {
    return (transfer + compute - step) / Math.min(transfer, compute);
  }

  /** The middle value; the mean of the two middle ones if their number is even. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The median of each figure over the rounds. */
  static Figures median(List<Figures> rounds) {
    return new Figures(
        median(rounds, Figures::tokensPerSecond),
        median(rounds, Figures::activatedShare),
        new Figures.Bytes(
            (long) median(rounds, figures -> figures.bytes().device()),
            (long) median(rounds, figures -> figures.bytes().host()),
            median(rounds, figures -> figures.bytes().toDevice()),
            median(rounds, figures -> figures.bytes().toHost()),
            median(rounds, figures -> figures.bytes().secondsToDevice()),
            median(rounds, figures -> figures.bytes().secondsToHost())),
        new Figures.Times(
            median(rounds, figures -> figures.times().computeSeconds()),
            median(rounds, figures -> figures.times().optimizerMillis()),
            median(rounds, figures -> figures.times().stallMillis())),
        median(rounds, Figures::misses),
        (long) median(rounds, Figures::updatedExperts));
  }

  private static double median(List<Figures> rounds, ToDoubleFunction<Figures> figure) {
    return median(rounds.stream().mapToDouble(figure).toArray());
  }
}
