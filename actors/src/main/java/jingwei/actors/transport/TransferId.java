package jingwei.actors.transport;

/**
 * Number of a transfer, unique while a cluster runs one incarnation of a session. A repeated
 * attempt takes a new number.
 *
 * @param node of the actor that numbered the transfer
 * @param actor among those of the node that number transfers
 * @param sequence counted by that actor, from 1
 */
public record TransferId(int node, int actor, long sequence) {
  @Override
  public String toString() {
    return node + "." + actor + "." + sequence;
  }
}
