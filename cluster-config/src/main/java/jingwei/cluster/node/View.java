package jingwei.cluster.node;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The nodes of the cluster that can be used, as one of them sees it.
 *
 * @param nodes that are up and can be reached, by address
 * @param draining addresses of nodes that want to leave
 * @param isMajority whether these nodes go on if the others are lost; see {@link Majority}
 */
public record View(List<NodeDescription> nodes, Set<String> draining, boolean isMajority) {
  /** No nodes. */
  static final View EMPTY = new View(List.of(), Set.of(), false);

  public View {
    nodes = nodes.stream().sorted(NodeDescription.BY_ADDRESS).toList();
    draining = new TreeSet<>(draining);
  }

  /** The nodes that may get a share. */
  List<NodeDescription> usable() {
    return nodes.stream().filter(node -> !draining.contains(node.address())).toList();
  }

  /** The node at an address. */
  Optional<NodeDescription> at(String address) {
    return nodes.stream().filter(node -> node.address().equals(address)).findFirst();
  }

  /** Whether all these nodes can be reached, and none was restarted. */
  boolean reachesAll(List<NodeDescription> others) {
    return others.stream()
        .allMatch(
            other -> at(other.address()).filter(node -> node.uid() == other.uid()).isPresent());
  }
}
