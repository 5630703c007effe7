package jingwei.cluster.node;

import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import jingwei.actors.transport.NodeEndpoint;
import jingwei.cluster.settings.NodeRole;

/**
 * What a node tells the others about itself.
 *
 * @param address HOST:PORT of its control messages
 * @param uid tells a restarted node from the one that had its address before
 * @param roles of the node
 * @param cores of its machine
 * @param endpoint where it receives tensors
 */
public record NodeDescription(
    String address, long uid, Set<NodeRole> roles, int cores, NodeEndpoint endpoint)
    implements ClusterMessage {
  /** By address: hosts first, then ports as numbers. */
  static final Comparator<NodeDescription> BY_ADDRESS =
      Comparator.comparing(NodeDescription::host).thenComparingInt(NodeDescription::port);

  public NodeDescription {
    roles = new TreeSet<>(roles);
  }

  /** Whether the node has a role. */
  public boolean is(NodeRole role) {
    return roles.contains(role);
  }

  private String host() {
    return address.substring(0, address.lastIndexOf(':'));
  }

  private int port() {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
