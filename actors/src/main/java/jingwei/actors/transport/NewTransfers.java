package jingwei.actors.transport;

import java.util.Arrays;
import jingwei.actors.step.Incarnation;

/**
 * Tells requests about new transfers from stray ones. An actor numbers its transfers in the order
 * in which it asks for them, and its requests keep that order. So a request with the newest number
 * of its actor is doubled, and one with an older number is late. Belongs to the actor that gets the
 * requests.
 */
public final class NewTransfers {
  private final Incarnation incarnation;

  /** By node and actor, the newest number. */
  private long[][] newest = new long[0][];

  public NewTransfers(Incarnation incarnation) {
    this.incarnation = incarnation;
  }

  /** Whether the transfer of a tensor is new to this actor; a stray request is counted. */
  public boolean isNew(TensorRef tensor) {
    if (incarnation.isForeign(tensor)) {
      return false;
    }
    TransferId transfer = tensor.transfer();
    long[] ofNode = newestOf(transfer.node(), transfer.actor());
    if (!incarnation.isNew(transfer.sequence(), ofNode[transfer.actor()])) {
      return false;
    }
    ofNode[transfer.actor()] = transfer.sequence();
    return true;
  }

  private long[] newestOf(int node, int actor) {
    if (node >= newest.length) {
      newest = Arrays.copyOf(newest, node + 1);
    }
    if (newest[node] == null) {
      newest[node] = new long[actor + 1];
    } else if (actor >= newest[node].length) {
      newest[node] = Arrays.copyOf(newest[node], actor + 1);
    }
    return newest[node];
  }
}
