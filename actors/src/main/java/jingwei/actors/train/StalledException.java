package jingwei.actors.train;

/** A wait exceeded its deadline. The message names the waiting actor and what it waited for. */
public final class StalledException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final boolean leftWeightsAsCommitted;

  /**
   * @param leftWeightsAsCommitted whether no owner may apply an open step
   */
  StalledException(String message, boolean leftWeightsAsCommitted) {
    super(message);
    this.leftWeightsAsCommitted = leftWeightsAsCommitted;
  }

  /** Whether the weights are those of the last committed step. */
  public boolean leftWeightsAsCommitted() {
    return leftWeightsAsCommitted;
  }
}
