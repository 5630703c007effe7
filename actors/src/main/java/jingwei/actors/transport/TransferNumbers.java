package jingwei.actors.transport;

/** Numbers the transfers of one actor. Belongs to that actor. */
public final class TransferNumbers {
  private final int node;
  private final int actor;
  private long last;

  /**
   * @param node of the actor
   * @param actor different for each actor of the node that numbers transfers
   */
  public TransferNumbers(int node, int actor) {
    this.node = node;
    this.actor = actor;
  }

  /** A number that was not used before. */
  public TransferId next() {
    return new TransferId(node, actor, ++last);
  }
}
