package jingwei.actors.train;

/**
 * A step turned out not to be finite after owners had already applied their part of it, which they
 * may where clipping does not wait for all of them. The run must go back to a checkpoint and refuse
 * the step whole.
 */
public final class NonFiniteStepException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final long step;

  NonFiniteStepException(long step) {
    super("step=%d is not finite".formatted(step));
    this.step = step;
  }

  public long step() {
    return step;
  }
}
