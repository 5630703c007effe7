package jingwei.actors.transport;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The nodes that tensors can be sent to, and the Aeron driver that they share. */
public sealed interface TransportPeers {
  /** The node is the only one. Its transport runs a driver of its own. */
  record Alone() implements TransportPeers {}

  /**
   * Nodes of one machine share a {@link MachineDriver}.
   *
   * @param driver folder of the driver
   * @param nodes number of nodes; they are numbered from 0
   */
  record Machine(Path driver, int nodes) implements TransportPeers {
    public Machine {
      Objects.requireNonNull(driver, "driver");
    }
  }

  /**
   * Nodes in processes of their own, on one machine or several. The nodes of a machine share the
   * driver that {@link SharedDriver#ensure} starts.
   *
   * @param driver folder that {@link SharedDriver#ensure} returned on this node's machine
   * @param endpoints of the nodes, by number; all nodes have the same list
   * @param firstStream stream of node 0, the same on all nodes; from {@link #firstStream}
   */
  record Cluster(Path driver, List<NodeEndpoint> endpoints, int firstStream)
      implements TransportPeers {
    private static final int BITS = 30;

    /**
     * @throws IllegalArgumentException if there is no node, if nodes of several machines have no
     *     port, or if the stream is negative
     */
    public Cluster {
      Objects.requireNonNull(driver, "driver");
      endpoints = List.copyOf(endpoints);
      boolean needsPorts = endpoints.stream().map(NodeEndpoint::machine).distinct().count() > 1;
      boolean hasPorts = endpoints.stream().allMatch(endpoint -> endpoint.port() > 0);
      if (endpoints.isEmpty() || (needsPorts && !hasPorts) || firstStream < 0) {
        throw new IllegalArgumentException(
            "endpoints=%s firstStream=%d".formatted(endpoints, firstStream));
      }
    }

    /** Number of nodes. */
    public int nodes() {
      return endpoints.size();
    }

    /**
     * The stream of node 0; node n has the n-th stream after it. Sessions and incarnations that use
     * one driver at the same time need different streams, so a stream is drawn from 2^30.
     *
     * @param session random number of the session
     * @param incarnation of the session
     */
    public static int firstStream(long session, long incarnation) {
      long mixed = (session + incarnation) * 0x9e3779b97f4a7c15L;
      mixed = (mixed ^ (mixed >>> 32)) * 0xd6e8feb86659fd93L;
      return (int) (mixed >>> (Long.SIZE - BITS));
    }

    /**
     * Most logs that the driver of a machine holds: one for each direction between two nodes of the
     * machine, a node with itself included, and two for each pair of nodes of which one is on
     * another machine. Logs of nodes that exchange no tensors are counted, too.
     */
    public long logs(String machine) {
      long here = endpoints.stream().filter(at -> at.machine().equals(machine)).count();
      return here * here + 2 * here * (nodes() - here);
    }

    /** Number of nodes on other machines than a node's. */
    int remoteNodes(int node) {
      String machine = endpoints.get(node).machine();
      return (int) endpoints.stream().filter(at -> !at.machine().equals(machine)).count();
    }

    /** Whether two nodes share a driver. */
    boolean isSameMachine(int node, int other) {
      return endpoints.get(node).machine().equals(endpoints.get(other).machine());
    }
  }
}
