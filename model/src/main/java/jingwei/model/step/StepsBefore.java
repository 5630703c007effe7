package jingwei.model.step;

import java.util.Set;

/**
 * What the next step is judged, clipped and counted by: the steps before it.
 *
 * @param step the last of them; 0 before the first step of a run
 * @param applied how many of them were applied, and not refused
 * @param norm gradient norm of the last applied one; 0 before it
 * @param history losses and norms of the last applied ones
 * @param refused steps that are refused whatever they come to
 */
public record StepsBefore(
    long step, long applied, double norm, StepHistory history, Set<Long> refused) {
  /** Of the first step of a run. */
  public static final StepsBefore START = new StepsBefore(0, 0, 0, StepHistory.EMPTY, Set.of());

  public StepsBefore {
    refused = Set.copyOf(refused);
  }

  /** After the next step; one that was refused changes nothing but the number of the step. */
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

  /** Whether a step is refused whatever it comes to. */
  public boolean refuses(long someStep) {
    return refused.contains(someStep);
  }

  /**
   * The number of a later step among the applied ones, counted from 1, if every step between is
   * applied that is not to be refused.
   */
  public long numberOf(long later) {
    long number = applied + 1;
    for (long between = step + 1; between < later; between++) {
      number += refuses(between) ? 0 : 1;
    }
    return number;
  }
}
