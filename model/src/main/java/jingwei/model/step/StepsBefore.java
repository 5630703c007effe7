package jingwei.model.step;

import java.util.Set;

/**
 * A summary of the steps so far, which the next step is judged, clipped and numbered by.
 *
 * @param step the last step; 0 before the first step of a run
 * @param applied number of applied steps
 * @param norm gradient norm of the last applied step; 0 if there is none
 * @param history losses and norms of the last applied steps
 * @param refused steps to refuse regardless of their result
 */
public record StepsBefore(
    long step, long applied, double norm, StepHistory history, Set<Long> refused) {
  /** The state before the first step of a run. */
  public static final StepsBefore START = new StepsBefore(0, 0, 0, StepHistory.EMPTY, Set.of());

  public StepsBefore {
    refused = Set.copyOf(refused);
  }

  /** The state after the next step; a refused step changes only the number of the last step. */
  public StepsBefore plus(Verdict verdict, int window) {
    return verdict.isApplied()
        ? new StepsBefore(
            step + 1,
            applied + 1,
            verdict.norm(),
            history.plus(verdict.loss(), verdict.norm(), window),
            refused)
        : new StepsBefore(step + 1, applied, norm, history, refused);
  }

  /** True if a step is refused regardless of its result. */
  public boolean refuses(long someStep) {
    return refused.contains(someStep);
  }

  /**
   * The number of a later step among the applied steps, counted from 1. Steps in between count as
   * applied unless they are in {@code refused}.
   */
  public long numberOf(long later) {
    long number = applied + 1;
    for (long between = step + 1; between < later; between++) {
      number += refuses(between) ? 0 : 1;
    }
    return number;
  }
}
