package jingwei.model.step;

/**
 * A step is not finite or a spike, and it is too late to refuse it alone: owners have applied their
 * part of it, or the rule says to go back further. The run must go back to a checkpoint and refuse
 * the step whole.
 */
public final class BadStepException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final long step;
  private final boolean rollsBack;

  /**
   * @param rollsBack whether the steps between the checkpoint and this one are to be refused, too
   */
  public BadStepException(long step, double loss, double norm, boolean rollsBack) {
    super("step %d had a loss of %.4g and a gradient norm of %.4g".formatted(step, loss, norm));
    this.step = step;
    this.rollsBack = rollsBack;
  }

  public long step() {
    return step;
  }

  public boolean rollsBack() {
    return rollsBack;
  }
}
