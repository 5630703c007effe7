package jingwei.actors.step;

/**
 * The newest step and the newest evaluation that messages of one kind have named. One sender names
 * them in increasing order. Belongs to one actor.
 */
public final class NewestStep {
  private long step;
  private long evaluation = Long.MIN_VALUE;

  /** No step has been named. */
  public NewestStep() {
    this(0);
  }

  /**
   * @param before last step before the session
   */
  public NewestStep(long before) {
    step = before;
  }

  /** Whether a step is newer than all before it; it is the newest then. */
  public boolean advance(long to) {
    if (!isNewer(to)) {
      return false;
    }
    if (to > 0) {
      step = to;
    } else {
      evaluation = to;
    }
    return true;
  }

  /** Whether a step, or an evaluation, is the newest that was named. */
  public boolean isNewest(long named) {
    return named == (named > 0 ? step : evaluation);
  }

  /** Whether a step is newer than all that were named. */
  public boolean isNewer(long than) {
    return than > (than > 0 ? step : evaluation);
  }
}
