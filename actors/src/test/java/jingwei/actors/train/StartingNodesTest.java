package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jingwei.actors.placement.Members;
import org.junit.jupiter.api.Test;

class StartingNodesTest {
  @Test
  void namesTheNodesThatHaveNotStarted() {
    StartingNodes nodes = new StartingNodes(Members.of(2, 2));
    nodes.started(0);
    nodes.started(2);
    nodes.started(2);
    assertEquals("the start of node 1 (host 1), node 3 (device 1)", nodes.waitsFor());
    nodes.started(3);
    nodes.started(1);
    assertEquals("a connection between all nodes", nodes.waitsFor());
    assertEquals(
        "the start of node 0 (host 0, device 0)", new StartingNodes(Members.alone()).waitsFor());
  }
}
