package jingwei.actors.train;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jingwei.actors.placement.Members;

/** The nodes that have not started yet, for the message of a start that hangs. Thread-safe. */
final class StartingNodes {
  private final Members members;
  private final Set<Integer> left;

  StartingNodes(Members members) {
    this.members = members;
    this.left = new TreeSet<>(members.nodes());
  }

  /** A node has started its actors. */
  synchronized void started(int node) {
    left.remove(node);
  }

  /** What the session waits for until all nodes are connected. */
  synchronized String waitsFor() {
    return left.isEmpty()
        ? "a connection between all nodes"
        : left.stream().map(this::name).collect(Collectors.joining(", ", "the start of ", ""));
  }

  private String name(int node) {
    boolean isDevice = members.devices().contains(node);
    boolean isHost = members.hosts().contains(node);
    String device = isDevice ? "device " + members.positionOf(node) : "";
    String host = isHost ? "host " + members.hosts().headSet(node).size() : "";
    return "node %d (%s%s%s)".formatted(node, host, isDevice && isHost ? ", " : "", device);
  }
}
