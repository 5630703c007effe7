package jingwei.actors.train;

import java.util.HashMap;
import java.util.Map;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StrayCounts;

/** The reports of all nodes to a session: which are new, and what they count. */
final class NodeReports {
  private final Incarnation incarnation;

  /** By node, the number of its newest report. */
  private final Map<Integer, Long> newest = new HashMap<>();

  private final Map<Integer, StrayCounts> strays = new HashMap<>();

  NodeReports(Incarnation incarnation) {
    this.incarnation = incarnation;
  }

  /** Whether a report is new; one that is foreign, late or doubled is counted. */
  boolean isNew(NodeGuardian.Reply reply) {
    long before = newest.getOrDefault(reply.node(), 0L);
    if (incarnation.isForeign(reply) || !incarnation.isNew(reply.from().number(), before)) {
      return false;
    }
    newest.put(reply.node(), reply.from().number());
    return true;
  }

  void put(NodeGuardian.StrayMessages of) {
    strays.put(of.node(), of.counts());
  }

  /** Messages that have changed nothing on any node. */
  StrayCounts strays() {
    return strays.values().stream().reduce(StrayCounts.NONE, StrayCounts::plus);
  }
}
