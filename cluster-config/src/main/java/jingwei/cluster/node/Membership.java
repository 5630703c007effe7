package jingwei.cluster.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * The nodes that can be used, as this node sees the cluster. Any thread may ask. The actor {@link
 * MemberWatch} keeps it up to date.
 */
final class Membership {
  private final Map<String, Long> lostAt = new ConcurrentHashMap<>();
  private final List<Consumer<View>> listeners = new CopyOnWriteArrayList<>();

  /** Incarnations of the nodes that want to leave, by address. */
  private final Map<String, Long> draining = new ConcurrentHashMap<>();

  private volatile View view = View.EMPTY;

  /** Begins to watch the members of a cluster. */
  static Membership of(ActorSystem<?> system) {
    Membership membership = new Membership();
    var _ = system.systemActorOf(MemberWatch.create(membership), "jingwei-members", Props.empty());
    return membership;
  }

  View view() {
    return view;
  }

  /** A node wants to leave; it gets no share any more. A node restarted there may have one. */
  void drain(String address) {
    view.at(address).ifPresent(node -> draining.put(address, node.uid()));
    changed(view.nodes());
  }

  /** Calls a listener with every new view, in any thread. */
  void onChange(Consumer<View> listener) {
    listeners.add(listener);
  }

  void removeListener(Consumer<View> listener) {
    listeners.remove(listener);
  }

  /** When a node was last noticed to be lost, in milliseconds since 1970; now if it was not. */
  long lostAt(String address) {
    return lostAt.getOrDefault(address, System.currentTimeMillis());
  }

  /** The members have changed, or one of them has described itself. */
  void update(Map<Long, NodeDescription> described, Cluster cluster) {
    Set<Member> unreachable = cluster.state().getUnreachable();
    List<NodeDescription> nodes = new ArrayList<>();
    for (Member member : cluster.state().getMembers()) {
      NodeDescription info = described.get(member.uniqueAddress().longUid());
      if (info != null && isUsable(member) && !unreachable.contains(member)) {
        nodes.add(info);
      }
    }
    changed(nodes);
  }

  /** A leaving node still works until its share is handed over. */
  private static boolean isUsable(Member member) {
    return member.status().equals(MemberStatus.up())
        || member.status().equals(MemberStatus.leaving());
  }

  private synchronized void changed(List<NodeDescription> nodes) {
    Set<String> leaving = new TreeSet<>();
    for (NodeDescription node : nodes) {
      if (Objects.equals(draining.get(node.address()), node.uid())) {
        leaving.add(node.address());
      }
    }
    View next = new View(nodes, leaving);
    if (next.equals(view)) {
      return;
    }
    Map<String, NodeDescription> gone = new HashMap<>();
    view.nodes().forEach(node -> gone.put(node.address(), node));
    next.nodes().forEach(node -> gone.remove(node.address(), node));
    gone.keySet().forEach(address -> lostAt.put(address, System.currentTimeMillis()));
    view = next;
    listeners.forEach(listener -> listener.accept(next));
  }
}
