package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import jingwei.cluster.copy.FolderReader;
import jingwei.cluster.copy.HeldSession;
import org.junit.jupiter.api.Test;

class CopyPlanTest {
  @Test
  void theNewestEpochWinsThenTheNewestStep() {
    HeldSession own = new HeldSession("one", 3, 40);

    assertEquals(
        List.of(new CopyPlan(new HeldSession("one", 4, 20), List.of("c"))),
        CopyPlan.of(
            List.of(own),
            List.of(
                holding("b", false, new HeldSession("one", 3, 50)),
                holding("c", false, new HeldSession("one", 4, 20)),
                holding("d", false, new HeldSession("one", 4, 10)))));
    assertEquals(List.of(), CopyPlan.of(List.of(own), List.of(holding("b", false, own))));
  }

  @Test
  void aSessionThatTheLeaderDoesNotHaveIsCopied() {
    HeldSession queued = new HeldSession("two", 0, 0);

    assertEquals(
        List.of(new CopyPlan(queued, List.of("b", "c"))),
        CopyPlan.of(List.of(), List.of(holding("b", false, queued), holding("c", false, queued))));
  }

  @Test
  void theLeadersOwnFolderSeenByAnotherNodeIsNoSource() {
    assertEquals(
        List.of(),
        CopyPlan.of(
            List.of(new HeldSession("one", 3, 40)),
            List.of(holding("b", true, new HeldSession("one", 3, 50)))));
  }

  private static FolderReader.Holding holding(
      String node, boolean isSameFolder, HeldSession session) {
    return new FolderReader.Holding(node, isSameFolder, 0, List.of(session));
  }
}
