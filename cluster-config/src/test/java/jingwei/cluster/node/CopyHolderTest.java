package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import jingwei.cluster.settings.NodeRole;
import org.junit.jupiter.api.Test;

class CopyHolderTest {
  private static final NodeRole[] ALL = NodeRole.values();
  private static final String LEADER = "127.0.0.1:1";
  private static final List<String> BY_AGE =
      List.of(LEADER, "127.0.0.1:4", "127.0.0.1:3", "127.0.0.1:2");

  @Test
  void anotherMachineComesFirstThenTheOldestNode() {
    View view =
        Nodes.view(
            Nodes.on("a", 1, ALL),
            Nodes.on("b", 2, ALL),
            Nodes.on("b", 3, ALL),
            Nodes.on("a", 4, ALL));

    assertEquals("127.0.0.1:3", holder(view, Set.of(), Set.of()));
    assertEquals("127.0.0.1:2", holder(view, Set.of("127.0.0.1:3"), Set.of()));
    assertEquals("127.0.0.1:4", holder(view, Set.of("127.0.0.1:2", "127.0.0.1:3"), Set.of()));
  }

  @Test
  void aNodeThatFailedIsTheLastChoice() {
    View view = Nodes.view(Nodes.on("a", 1, ALL), Nodes.on("b", 2, ALL), Nodes.on("a", 4, ALL));

    assertEquals("127.0.0.1:4", holder(view, Set.of(), Set.of("127.0.0.1:2")));
    assertEquals("127.0.0.1:2", holder(view, Set.of("127.0.0.1:4"), Set.of("127.0.0.1:2")));
  }

  @Test
  void onlyCoordinatorsThatStayKeepACopy() {
    View view =
        new View(
            List.of(
                Nodes.on("a", 1, ALL),
                Nodes.on("b", 2, NodeRole.DEVICE, NodeRole.HOST),
                Nodes.on("b", 3, ALL)),
            Set.of("127.0.0.1:3"),
            true);

    assertEquals("", holder(view, Set.of(), Set.of()));
    assertEquals(
        "the second copy needs a second node with the role coordinator",
        CopyHolder.missing(view, LEADER, Set.of()));
  }

  @Test
  void aFolderThatAllSeeIsNamedAsTheReason() {
    View view = Nodes.view(Nodes.on("a", 1, ALL), Nodes.on("b", 2, ALL));

    assertEquals(
        "the second copy needs a folder of its own: all other coordinators have the same cluster.folder as node 127.0.0.1:1",
        CopyHolder.missing(view, LEADER, Set.of("127.0.0.1:2")));
  }

  private static String holder(View view, Set<String> excluded, Set<String> failing) {
    return CopyHolder.of(view, LEADER, BY_AGE, excluded, failing)
        .map(NodeDescription::address)
        .orElse("");
  }
}
