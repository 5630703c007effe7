package jingwei.actors.transport;

import java.util.Objects;
import jingwei.actors.transport.TransportPeers.Alone;
import jingwei.actors.transport.TransportPeers.Machine;

/**
 * The node of a transport.
 *
 * @param node its number
 * @param incarnation of the session; parts of other incarnations are skipped
 * @param peers the nodes that it can send to
 */
public record TransportNode(int node, long incarnation, TransportPeers peers) {

  /**
   * @throws IllegalArgumentException if the number is not one of the peers' numbers
   */
  public TransportNode {
    Objects.requireNonNull(peers, "peers");
    if (node < 0 || (peers instanceof Machine machine && node >= machine.nodes())) {
      throw new IllegalArgumentException("node=%d peers=%s".formatted(node, peers));
    }
  }

  /** The only node, in the first incarnation: both numbers are 0. */
  public static TransportNode alone() {
    return new TransportNode(0, 0, new Alone());
  }

  /** Whether tensors can be sent to a node. */
  boolean reaches(int to) {
    return switch (peers) {
      case Alone alone -> to == node;
      case Machine machine -> to >= 0 && to < machine.nodes();
    };
  }

  /** The inbox of a node that it reaches. */
  NodeAddress address(int to) {
    return NodeAddress.sameDriver(to);
  }

  String threadName() {
    return peers instanceof Alone ? "jingwei-transport" : "jingwei-transport-" + node;
  }
}
