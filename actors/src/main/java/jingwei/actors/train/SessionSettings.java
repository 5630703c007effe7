package jingwei.actors.train;

import java.time.Duration;
import java.util.Set;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.UserException;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.StepHistory;

/**
 * How a session runs its steps.
 *
 * @param learningRate schedule over the steps
 * @param lookahead batches after the one being computed whose experts are brought ahead
 * @param deadline longest time without any report while a step is open
 * @param transport of tensors
 * @param startStep last step that the weights have seen
 * @param startNorm norm of the last applied step
 * @param startHistory losses and norms of the last applied steps
 * @param refusedSteps steps that are to be refused whatever they come to
 */
public record SessionSettings(
    LearningRate learningRate,
    int lookahead,
    Duration deadline,
    TransportSettings transport,
    long startStep,
    double startNorm,
    StepHistory startHistory,
    Set<Long> refusedSteps) {
  public SessionSettings {
    refusedSteps = Set.copyOf(refusedSteps);
    if (lookahead < 0) {
      throw new UserException("lookahead = %d must not be below zero.".formatted(lookahead));
    }
    if (deadline.toMillis() < 1) {
      throw new UserException("deadline = %s must be above zero.".formatted(deadline));
    }
  }
}
