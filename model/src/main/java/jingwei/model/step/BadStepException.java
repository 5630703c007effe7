package jingwei.model.step;

/**
 * A step is not finite or a spike, and refusing this step alone is not enough. Either owners have
 * already applied it, or the rule demands a rollback. The run must go back to a checkpoint and
 * refuse the step there.
 */
public final class BadStepException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final long step;
  private final double loss;
  private final double norm;
  private final boolean rollsBack;

  /**
   * @param rollsBack true to also refuse the steps between the checkpoint and this one
   */
  public BadStepException(long step, double loss, double norm, boolean rollsBack) {
    super("step %d had a loss of %.4g and a gradient norm of %.4g".formatted(step, loss, norm));
    this.step = step;
    this.loss = loss;
    this.norm = norm;
    this.rollsBack = rollsBack;
  }

  public long step() {
    return step;
  }

  public double loss() {
    return loss;
  }

  public double norm() {
    return norm;
  }

  public boolean rollsBack() {
    return rollsBack;
  }
}
