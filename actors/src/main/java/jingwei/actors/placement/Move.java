package jingwei.actors.placement;

/**
 * A replica, stage or expert whose node differs between two placements. Changes of a cluster's
 * membership use it.
 *
 * @param item index of the replica or the dense stage; of an expert, its index among the decoder's
 *     owners
 * @param from node that had it; it may have left
 * @param to node that has it now
 */
public record Move(Kind kind, int item, int from, int to) {
  /** What moves. */
  public enum Kind {
    /** A logical replica; it has no state between steps. */
    REPLICA,
    /** The owner of a dense stage. */
    STAGE,
    /** An expert. */
    EXPERT
  }
}
