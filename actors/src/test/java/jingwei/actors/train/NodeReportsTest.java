package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.node.Failure;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.step.Strays;
import org.junit.jupiter.api.Test;

class NodeReportsTest {
  private final Strays strays = new Strays();
  private final NodeReports reports = new NodeReports(new Incarnation(5, strays));

  @Test
  void takesEachReportOfEachNodeOnce() {
    for (int node = 0; node < 2; node++) {
      assertTrue(reports.isNew(connected(node, 5, 1)));
      assertFalse(reports.isNew(connected(node, 5, 1)));
      assertTrue(reports.isNew(connected(node, 5, 2)));
      assertFalse(reports.isNew(connected(node, 5, 1)));
    }
    assertEquals(new StrayCounts(0, 2, 2), strays.counts());
  }

  /** The failure of a node in an earlier session does not end this one. */
  @Test
  void ignoresReportsToOtherIncarnations() {
    Failure failure = new Failure(Failure.Category.FAULT, "store", "it failed", List.of());
    assertFalse(reports.isNew(new NodeGuardian.Failed(new NodeGuardian.From(1, 4, 9), failure)));
    assertTrue(reports.isNew(connected(1, 5, 1)));
    assertEquals(new StrayCounts(1, 0, 0), strays.counts());
  }

  @Test
  void addsUpWhatTheNodesCount() {
    for (int node = 0; node < 2; node++) {
      for (long number = 1; number <= 2; number++) {
        NodeGuardian.From from = new NodeGuardian.From(node, 5, number);
        reports.put(
            new NodeGuardian.StrayMessages(from, new StrayCounts(number, node, 10 * number)));
      }
    }
    assertEquals(new StrayCounts(4, 1, 40), reports.strays());
  }

  private static NodeGuardian.Connected connected(int node, long incarnation, long number) {
    return new NodeGuardian.Connected(new NodeGuardian.From(node, incarnation, number));
  }
}
