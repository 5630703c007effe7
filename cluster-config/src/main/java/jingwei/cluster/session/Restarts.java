package jingwei.cluster.session;

/**
 * How often a run may begin anew after faults. The count starts again when the run has come further
 * than at any fault before: it is a fault in the same place that will not go away.
 */
final class Restarts {
  private final int most;
  private long furthest = -1;
  private int count;

  /**
   * @param most restarts without a new step between them
   */
  Restarts(int most) {
    this.most = most;
  }

  /**
   * Counts a fault.
   *
   * @param step that was committed last
   * @return whether the run may begin anew
   */
  boolean mayRestartAfter(long step) {
    if (step > furthest) {
      furthest = step;
      count = 0;
    }
    return ++count <= most;
  }
}
