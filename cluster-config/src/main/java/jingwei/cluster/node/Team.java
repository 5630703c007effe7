package jingwei.cluster.node;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jingwei.actors.placement.Members;
import jingwei.cluster.settings.NodeRole;

/**
 * The nodes that take part in an epoch of a session. The node that leads the session has the
 * highest number, so that the first device and the first host are other nodes where there are any.
 *
 * @param nodes by number
 * @param members what the nodes do; the last node may have no role
 */
public record Team(List<NodeDescription> nodes, Members members) {
  private static final int MOST_HOSTS = 63;

  public Team {
    nodes = List.copyOf(nodes);
  }

  /**
   * Chooses a team.
   *
   * @param view of the leader
   * @param leader address of the node that leads the session
   * @param mostDevices most devices that the session can use
   * @return empty if there is no device or no host
   */
  static Optional<Team> of(View view, String leader, int mostDevices) {
    List<NodeDescription> usable = new ArrayList<>(view.usable());
    usable.sort(Comparator.comparing(node -> node.address().equals(leader)));
    List<NodeDescription> devices =
        usable.stream()
            .filter(node -> node.is(NodeRole.DEVICE))
            .limit(Math.min(mostDevices, Members.MOST_DEVICES))
            .toList();
    List<NodeDescription> hosts =
        usable.stream().filter(node -> node.is(NodeRole.HOST)).limit(MOST_HOSTS).toList();
    if (devices.isEmpty() || hosts.isEmpty()) {
      return Optional.empty();
    }
    List<NodeDescription> chosen =
        new ArrayList<>(
            usable.stream()
                .filter(node -> devices.contains(node) || hosts.contains(node))
                .filter(node -> !node.address().equals(leader))
                .toList());
    // The leader takes part without a share if it wants to leave.
    view.at(leader).ifPresent(chosen::add);
    return Optional.of(
        new Team(chosen, new Members(numbers(chosen, devices), numbers(chosen, hosts))));
  }

  /** What a session waits for if there is no team; as in "a node with the role device". */
  static String missing(View view) {
    if (!view.isMajority()) {
      return "the majority of the nodes";
    }
    List<String> roles =
        List.of(NodeRole.DEVICE, NodeRole.HOST).stream()
            .filter(role -> view.usable().stream().noneMatch(node -> node.is(role)))
            .map(NodeRole::text)
            .toList();
    return "a node with the role " + String.join(", and one with the role ", roles);
  }

  /** Threads that compute on a node, if the cores of a machine are divided among its devices. */
  int coresOf(int number) {
    NodeDescription node = nodes.get(number);
    long beside =
        members.devices().stream()
            .filter(
                device -> nodes.get(device).endpoint().machine().equals(node.endpoint().machine()))
            .count();
    return (int) Math.max(1, node.cores() / Math.max(1, beside));
  }

  /** Whether the same nodes do the same, at whatever port they receive tensors. */
  boolean hasSameNodes(Team other) {
    return members.equals(other.members) && keys(nodes).equals(keys(other.nodes));
  }

  private static List<Long> keys(List<NodeDescription> nodes) {
    return nodes.stream().map(NodeDescription::uid).toList();
  }

  /** The number of the node that leads. */
  int leader() {
    return nodes.size() - 1;
  }

  private static NavigableSet<Integer> numbers(
      List<NodeDescription> all, List<NodeDescription> some) {
    NavigableSet<Integer> numbers = new TreeSet<>();
    IntStream.range(0, all.size())
        .filter(number -> some.contains(all.get(number)))
        .forEach(numbers::add);
    return numbers;
  }
}
