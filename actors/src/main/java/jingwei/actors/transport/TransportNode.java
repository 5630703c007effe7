package jingwei.actors.transport;

import java.util.List;
import java.util.Objects;
import jingwei.actors.transport.TransportPeers.Alone;
import jingwei.actors.transport.TransportPeers.Cluster;
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
    boolean isPeer =
        switch (peers) {
          case Alone alone -> true;
          case Machine machine -> node < machine.nodes();
          case Cluster cluster -> node < cluster.nodes();
        };
    if (node < 0 || !isPeer) {
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
      case Cluster cluster -> to >= 0 && to < cluster.nodes();
    };
  }

  /**
   * The inbox of a node that it reaches.
   *
   * @param termBytes length of a term of the log to it
   */
  NodeAddress address(int to, int termBytes) {
    return peers instanceof Cluster cluster
        ? NodeAddress.of(cluster, node, to, termBytes)
        : NodeAddress.sameDriver(to);
  }

  /** Its own inbox: one address for each kind of channel that tensors come through. */
  List<NodeAddress> inboxes() {
    return peers instanceof Cluster cluster
        ? NodeAddress.inboxes(cluster, node, SocketBuffers.granted())
        : List.of(NodeAddress.sameDriver(node));
  }

  String threadName() {
    return peers instanceof Alone ? "jingwei-transport" : "jingwei-transport-" + node;
  }
}
