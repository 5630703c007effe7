package jingwei.model.step;

import java.util.ArrayList;
import java.util.List;

/**
 * Losses and gradient norms of the last applied steps, oldest first. The next step is compared with
 * them. Checkpoints save the history, so a resumed run judges steps like an uninterrupted one.
 */
public record StepHistory(List<Double> losses, List<Double> norms) {
  public static final StepHistory EMPTY = new StepHistory(List.of(), List.of());

  public StepHistory {
    losses = List.copyOf(losses);
    norms = List.copyOf(norms);
  }

  /** The history after another applied step. */
  public StepHistory plus(double loss, double norm, int window) {
    return new StepHistory(appended(losses, loss, window), appended(norms, norm, window));
  }

  public int size() {
    return losses.size();
  }

  private static List<Double> appended(List<Double> values, double value, int window) {
    List<Double> all = new ArrayList<>(values);
    all.add(value);
    return all.subList(Math.max(0, all.size() - window), all.size());
  }
}
