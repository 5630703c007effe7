package jingwei.cluster.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

  /** What the members have said of themselves, by incarnation. */
  private final Map<Long, NodeDescription> described = new ConcurrentHashMap<>();

  private final List<Consumer<View>> listeners = new CopyOnWriteArrayList<>();

  /** Incarnations that are members, and those that were. */
  private final Set<Long> present = new HashSet<>();

  private final Set<Long> removed = new HashSet<>();

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
  synchronized void drain(String address) {
    view.at(address).ifPresent(node -> draining.put(address, node.uid()));
    changed(view.nodes(), view.isMajority());
  }

  /** A node has described itself, perhaps anew: its tensors may go to another port from now on. */
  synchronized void described(NodeDescription node) {
    described.put(node.uid(), node);
    changed(
        view.nodes().stream().map(each -> each.uid() == node.uid() ? node : each).toList(),
        view.isMajority());
  }

  /** Whether an incarnation was a member and is none any more, so that it leads nothing. */
  synchronized boolean wasRemoved(long uid) {
    return removed.contains(uid);
  }

  /** Whether an incarnation has described itself. */
  boolean knows(long uid) {
    return described.containsKey(uid);
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
  synchronized void update(Cluster cluster) {
    Set<Member> unreachable = cluster.state().getUnreachable();
    List<NodeDescription> nodes = new ArrayList<>();
    List<Member> all = new ArrayList<>();
    removed.addAll(present);
    present.clear();
    for (Member member : cluster.state().getMembers()) {
      present.add(member.uniqueAddress().longUid());
      NodeDescription info = described.get(member.uniqueAddress().longUid());
      if (isUsable(member)) {
        all.add(member);
        if (info != null && !unreachable.contains(member)) {
          nodes.add(info);
        }
      }
    }
    removed.removeAll(present);
    described.keySet().retainAll(present);
    List<Member> reached = all.stream().filter(member -> !unreachable.contains(member)).toList();
    // A node that is removed itself counts only the others.
    boolean isMajority =
        isUsable(cluster.selfMember()) && Majority.isOn(all, reached, Member.ordering());
    changed(nodes, isMajority);
  }

  /** A leaving node still works until its share is handed over. */
  private static boolean isUsable(Member member) {
    return member.status().equals(MemberStatus.up())
        || member.status().equals(MemberStatus.leaving());
  }

  private synchronized void changed(List<NodeDescription> nodes, boolean isMajority) {
    Set<String> leaving = new TreeSet<>();
    for (NodeDescription node : nodes) {
      if (Objects.equals(draining.get(node.address()), node.uid())) {
        leaving.add(node.address());
      }
    }
    View next = new View(nodes, leaving, isMajority);
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
