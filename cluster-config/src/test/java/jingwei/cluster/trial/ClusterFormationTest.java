package jingwei.cluster.trial;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Node processes that start at once, or again after SIGKILL, are one cluster. */
@Tag("long")
@Timeout(900)
class ClusterFormationTest {
  private static final int ROUNDS = 10;
  private static final String SESSION = "one";

  /** A session that ends only when it is stopped. */
  private static final String[] ENDLESS = {"steps=1000000", "checkpoint.every=50", "replicas=3"};

  @TempDir Path folder;

  @RepeatedTest(ROUNDS)
  void fourNodesThatStartAtOnceAreOneCluster() {
    try (SessionOnNodes on = new SessionOnNodes(folder)) {
      on.nodes().startFirst(4);
      on.submit(SESSION, ENDLESS);
      on.nodes().all().forEach(node -> on.awaitMembers(node, SESSION, on.addresses()));
    }
  }

  @Test
  void theFirstSeedFindsItsOldClusterAgain() {
    try (SessionOnNodes on = new SessionOnNodes(folder)) {
      on.nodes().startFirst(3);
      on.submit(SESSION, ENDLESS);
      TrialNode first = on.nodes().node(1);
      Set<String> others = on.addresses();
      others.remove(first.address().toString());
      for (int round = 0; round < ROUNDS; round++) {
        first.kill();
        on.awaitMembers(on.nodes().node(2), SESSION, others);
        first.start();
        on.nodes().all().forEach(node -> on.awaitMembers(node, SESSION, on.addresses()));
      }
      on.stop(first, SESSION);
    }
  }

  @Test
  void aNodeThatIsKilledMayStartAgainAtOnce() {
    try (SessionOnNodes on = new SessionOnNodes(folder)) {
      on.nodes().startFirst(3);
      on.submit(SESSION, ENDLESS);
      for (int round = 0; round < ROUNDS; round++) {
        TrialNode node = on.nodes().node(1 + round % 3);
        node.kill();
        node.start();
        on.awaitUp(node);
        on.nodes().all().forEach(each -> on.awaitMembers(each, SESSION, on.addresses()));
      }
      on.stop(on.nodes().node(2), SESSION);
    }
  }
}
