package jingwei.cluster.session;

import java.util.Optional;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepHistory;

/**
 * When a run can only diverge: so many bad steps in a row that nothing changes any more, or losses
 * that have long been far worse than guessing.
 *
 * @param vocabulary a uniform guess among so many tokens has a loss of its logarithm
 */
record Divergence(SpikeRule rule, int vocabulary) {
  private static final double WORSE_THAN_GUESSING = 2;

  /** Why the run has to end; empty to go on. */
  Optional<String> reason(int badInARow, StepHistory history) {
    if (badInARow >= rule.mostRefused()) {
      return Optional.of("the last %d steps had to be refused".formatted(badInARow));
    }
    double guess = Math.log(vocabulary);
    boolean isFarWorse =
        history.size() >= rule.window()
            && history.losses().stream().allMatch(loss -> loss > WORSE_THAN_GUESSING * guess);
    return isFarWorse
        ? Optional.of(
            "the losses of the last %d steps are all above %.1f, twice that of guessing"
                .formatted(history.size(), WORSE_THAN_GUESSING * guess))
        : Optional.empty();
  }
}
