package jingwei.bench.mixture;

/**
 * Where experts are kept, which of them move, and which of them are updated.
 *
 * @param movement between the store on the host and the device
 * @param updated experts that the optimizer updates in a step
 * @param isOverlapped whether transfers begin while the step still computes, and updates, too, if
 *     they need no norm; otherwise the phases of a step follow one after another
 */
public record ExpertRules(Movement movement, Updated updated, boolean isOverlapped) {

  /** Which experts move in a step. */
  public enum Movement {
    /** None: weights and moments of all experts are on the device. */
    NONE,
    /**
     * All: each gradient goes down to the host, and each updated weight up to the device, which has
     * copies of all weights (the heterogeneous mixture of MindSpore).
     */
    ALL,
    /** The activated ones: weights up before the step, gradients down after it. */
    ACTIVATED
  }

  /** Which experts a step updates. */
  public enum Updated {
    /** All; the gradient of an expert that was not activated is zero. */
    ALL,
    /** The activated ones; others stay as they are (lazy). */
    ACTIVATED
  }

  public ExpertRules {
    if (movement == Movement.NONE && isOverlapped) {
      throw new IllegalArgumentException("nothing moves that computing could overlap");
    }
  }

  /** Phases one after another. */
  public static ExpertRules of(Movement movement, Updated updated) {
    return new ExpertRules(movement, updated, false);
  }

  /** The same with transfers that begin while the step still computes. */
  public ExpertRules overlapped() {
    return new ExpertRules(movement, updated, true);
  }
}
