package jingwei.model.state;

import java.util.List;

/**
 * The counts of one owner, which say in which versions it has its weights.
 *
 * @param updates number of updates of the owner
 * @param lastStep last step that changed the owner; 0 before the first one
 * @param lastApplied number of that step among the applied steps, counted from 1; 0 before the
 *     first update
 * @param older steps that made the older versions that may still be read, newest first
 */
public record OwnerClock(long updates, long lastStep, long lastApplied, List<Long> older) {
  /** An owner that was never updated. */
  public static final OwnerClock START = new OwnerClock(0, 0, 0, List.of());

  /** Whether an owner can have these counts after a step. */
  public boolean isPossibleAt(long step) {
    boolean isFalling = older != null;
    long newer = lastStep;
    for (Long madeBy : isFalling ? older : List.<Long>of()) {
      isFalling &= madeBy != null && madeBy >= 0 && madeBy < newer;
      newer = isFalling ? madeBy : newer;
    }
    return isFalling && lastStep <= step;
  }
}
