package jingwei.model.step;

import java.util.List;
import java.util.Optional;
import jingwei.model.UserException;

/**
 * Which steps leave the usual range of loss or gradient norm, and what is done about them.
 *
 * <p>The range is that of the last applied steps: median plus so many deviations, where a deviation
 * is the median distance from the median, scaled to a normal distribution's (Hampel's identifier;
 * Pearson, "Outliers in process modeling and identification", 2002). What is less than a tenth
 * above the median is never a spike, however quiet the steps were.
 *
 * @param action what is done
 * @param window steps that are looked back on; at least a fifth of them must be there
 * @param deviations above the median where a spike begins
 * @param mostRefused bad steps in a row after which the run ends
 */
public record SpikeRule(Action action, int window, double deviations, int mostRefused) {
  private static final double NORMAL_DEVIATION = 1.4826;
  private static final double LEAST_EXCESS = 1.1;

  /** What is done about a spike. */
  public enum Action {
    /** It is written down and trained on. */
    LOG,
    /** The step is refused: no weight changes. */
    SKIP,
    /** The run goes back to its last checkpoint and refuses all steps from there to the spike. */
    ROLLBACK
  }

  /** Only watches. */
  public static final SpikeRule LOGGING = new SpikeRule(Action.LOG, 100, 8, 20);

  public SpikeRule {
    if (window < 5 || !(deviations > 0) || mostRefused < 1) {
      throw new UserException(
          "spike.window = %d must be 5 or more, spike.deviations = %s above zero and spike.mostRefused = %d above zero."
              .formatted(window, deviations, mostRefused));
    }
  }

  /**
   * The end of the usual range.
   *
   * @param loss largest usual loss, nats per token
   * @param norm largest usual gradient norm
   */
  public record Limits(double loss, double norm) {
    /** Nothing is usual yet. */
    public static final Limits NONE =
        new Limits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** The range after some steps. */
  public Limits limits(StepHistory history) {
    return history.size() < Math.max(3, window / 5)
        ? Limits.NONE
        : new Limits(limit(history.losses()), limit(history.norms()));
  }

  /** The limits that a step leaves; empty for a usual one, and for one that is not finite. */
  public Optional<Limits> spike(StepHistory history, double loss, double norm) {
    Limits limits = limits(history);
    boolean isFinite = Double.isFinite(loss) && Double.isFinite(norm);
    return isFinite && (loss > limits.loss || norm > limits.norm)
        ? Optional.of(limits)
        : Optional.empty();
  }

  private double limit(List<Double> values) {
    double median = median(values);
    double deviation =
        NORMAL_DEVIATION * median(values.stream().map(value -> Math.abs(value - median)).toList());
    return Math.max(LEAST_EXCESS * median, median + deviations * deviation);
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
