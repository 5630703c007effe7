package jingwei.cluster.node;

import java.util.List;
import java.util.Set;
import jingwei.actors.transport.NodeEndpoint;
import jingwei.cluster.settings.NodeRole;

/** Nodes for tests. */
final class Nodes {
  private static final int CORES = 8;

  private Nodes() {}

  /** A node of the machine {@code here} with all roles, at a port. */
  static NodeDescription at(int port) {
    return with(port, NodeRole.values());
  }

  static NodeDescription with(int port, NodeRole... roles) {
    return on("here", port, roles);
  }

  static NodeDescription on(String machine, int port, NodeRole... roles) {
    return new NodeDescription(
        "127.0.0.1:" + port,
        port,
        Set.of(roles),
        CORES,
        new NodeEndpoint(machine, "127.0.0.1", port));
  }

  static View view(NodeDescription... nodes) {
    return new View(List.of(nodes), Set.of(), true);
  }
}
