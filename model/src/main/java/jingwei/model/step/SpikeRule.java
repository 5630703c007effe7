package jingwei.model.step;

import java.util.List;
import java.util.Optional;
import jingwei.model.UserException;

/**
 * Defines spikes of loss or gradient norm, and how the run reacts to them.
 *
 * <p>A value is a spike if it exceeds the median of the last applied steps by more than a number of
 * deviations. A deviation is the median absolute deviation (MAD), scaled to the standard deviation
 * of a normal distribution (Hampel identifier; Pearson, "Outliers in process modeling and
 * identification", 2002). Values less than a tenth above the median are never spikes.
 *
 * @param action reaction to a spike
 * @param window number of last applied steps to compare with; at least a fifth of them must exist
 * @param deviations number of deviations above the median where spikes begin
 * @param mostRefused number of bad steps in a row that ends the run
 */
public record SpikeRule(Action action, int window, double deviations, int mostRefused) {
  private static final double NORMAL_DEVIATION = 1.4826;
  private static final double LEAST_EXCESS = 1.1;

  /** The reaction to a spike. */
  public enum Action {
    /** The spike is logged and trained on. */
    LOG,
    /** The step is refused: no weight changes. */
    SKIP,
    /**
     * The run goes back to its last checkpoint and refuses all steps from there up to the spike.
     */
    ROLLBACK
  }

  /** A rule that only logs spikes. */
  public static final SpikeRule LOGGING = new SpikeRule(Action.LOG, 100, 8, 20);

  public SpikeRule {
    if (window < 5 || !(deviations > 0) || mostRefused < 1) {
      throw new UserException(
          "spike.window = %d must be 5 or more, spike.deviations = %s above zero and spike.mostRefused = %d above zero."
              .formatted(window, deviations, mostRefused));
    }
  }

  /**
   * The largest values that are not spikes.
   *
   * @param loss largest usual loss, in nats per token
   * @param norm largest usual gradient norm
   */
  public record Limits(double loss, double norm) {
    /** Limits without history: nothing is a spike. */
    public static final Limits NONE =
        new Limits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** The limits after some steps. */
  public Limits limits(StepHistory history) {
    return history.size() < Math.max(3, window / 5)
        ? Limits.NONE
        : new Limits(limit(history.losses()), limit(history.norms()));
  }

  /** The limits that a step exceeds; empty if it is not a spike or not finite. */
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
