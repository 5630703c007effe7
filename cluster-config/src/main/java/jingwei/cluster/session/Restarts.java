package jingwei.cluster.session;

/**
 * Limits restarts after faults. The count starts again once the run has passed every earlier fault,
 * since only a fault at the same place is permanent.
 */
public final class Restarts {
  private final int most;
  private long furthest = -1;
  private int count;

  /**
   * @param most largest number of restarts without progress
   */
  public Restarts(int most) {
    this.most = most;
  }

  /**
   * Counts a fault.
   *
   * @param step the last committed step
   * @return true if the run may restart
   */
  public boolean mayRestartAfter(long step) {
    if (step > furthest) {
      furthest = step;
      count = 0;
    }
    return ++count <= most;
  }
}
