package jingwei.cluster.session;

import java.util.Optional;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepHistory;

/**
 * Detects a run that diverges: too many bad steps in a row, or losses that have long been far worse
 * than guessing.
 *
 * @param vocabulary number of tokens; a uniform guess has the loss ln(vocabulary)
 */
record Divergence(SpikeRule rule, int vocabulary) {
  private static final double WORSE_THAN_GUESSING = 2;

  /** The reason to end the run; empty if it may continue. */
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
