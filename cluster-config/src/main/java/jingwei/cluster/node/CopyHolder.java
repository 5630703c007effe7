package jingwei.cluster.node;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import jingwei.cluster.settings.NodeRole;

/** Chooses the node that keeps the second copy of a session. */
final class CopyHolder {
  private CopyHolder() {}

  /**
   * A coordinator on another machine than the leader's if there is one. Among them the oldest,
   * since it leads next.
   *
   * @param leader address of the node that leads
   * @param byAge addresses of the members, oldest first
   * @param excluded addresses of nodes that cannot keep it
   * @param failing addresses of nodes that are taken only if there is no other
   */
  static Optional<NodeDescription> of(
      View view, String leader, List<String> byAge, Set<String> excluded, Set<String> failing) {
    Predicate<NodeDescription> isBeside =
        node ->
            view.at(leader)
                .filter(own -> own.endpoint().machine().equals(node.endpoint().machine()))
                .isPresent();
    return view.usable().stream()
        .filter(node -> node.is(NodeRole.COORDINATOR))
        .filter(node -> !node.address().equals(leader) && !excluded.contains(node.address()))
        .min(
            Comparator.<NodeDescription, Boolean>comparing(node -> failing.contains(node.address()))
                .thenComparing(isBeside::test)
                .thenComparingInt(
                    node ->
                        byAge.contains(node.address())
                            ? byAge.indexOf(node.address())
                            : Integer.MAX_VALUE)
                .thenComparing(NodeDescription.BY_ADDRESS));
  }

  /** Why there is none. */
  static String missing(View view, String leader, Set<String> excluded) {
    return view.usable().stream()
            .anyMatch(
                node ->
                    node.is(NodeRole.COORDINATOR)
                        && !node.address().equals(leader)
                        && excluded.contains(node.address()))
        ? "the second copy needs a folder of its own: all other coordinators have the same cluster.folder as node "
            + leader
        : "the second copy needs a second node with the role coordinator";
  }
}
