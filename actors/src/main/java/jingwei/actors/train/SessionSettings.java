package jingwei.actors.train;

import java.time.Duration;
import jingwei.model.UserException;
import jingwei.model.optim.LearningRate;
import jingwei.model.step.StepsBefore;

/**
 * How a session runs its steps.
 *
 * @param learningRate schedule over the steps
 * @param lookahead batches after the one being computed whose experts are prefetched
 * @param deadline longest time without progress while a step is open
 * @param before the steps before the first one of the session
 */
public record SessionSettings(
    LearningRate learningRate, int lookahead, Duration deadline, StepsBefore before) {
  /**
   * @throws UserException if a number is out of its range
   */
  public SessionSettings {
    if (lookahead < 0) {
      throw new UserException("lookahead = %d must not be below zero.".formatted(lookahead));
    }
    if (deadline.toMillis() < 1) {
      throw new UserException("deadline = %s must be above zero.".formatted(deadline));
    }
  }
}
