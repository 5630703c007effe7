package jingwei.actors.transport;

import java.util.HashMap;
import java.util.Map;
import jingwei.actors.step.Incarnation;

/**
 * Tells requests about new transfers from stray ones. An actor numbers its transfers in the order
 * in which it asks for them, and its requests keep that order. So a request with the newest number
 * of its actor is doubled, and one with an older number is late. Belongs to the actor that gets the
 * requests.
 */
public final class NewTransfers {
  private final Incarnation incarnation;

  /** The newest number of each actor. A map, since the numbers come from other nodes. */
  private final Map<Sender, Long> newest = new HashMap<>();

  private record Sender(int node, int actor) {}

  public NewTransfers(Incarnation incarnation) {
    this.incarnation = incarnation;
  }

  /** Whether the transfer of a tensor is new to this actor; a stray request is counted. */
  public boolean isNew(TensorRef tensor) {
    if (incarnation.isForeign(tensor)) {
      return false;
    }
    TransferId transfer = tensor.transfer();
    Sender sender = new Sender(transfer.node(), transfer.actor());
    if (!incarnation.isNew(transfer.sequence(), newest.getOrDefault(sender, 0L))) {
      return false;
    }
    newest.put(sender, transfer.sequence());
    return true;
  }
}
