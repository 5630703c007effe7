package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jingwei.cluster.node.ClusterClient;
import jingwei.cluster.node.Query;
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

  @TempDir Path folder;

  @RepeatedTest(ROUNDS)
  void fourNodesThatStartAtOnceAreOneCluster() throws IOException {
    try (NodeProcesses nodes = nodes()) {
      nodes.startFirst(4);
      submit(nodes);
      nodes.all().forEach(node -> awaitMembers(node, addresses(nodes)));
    }
  }

  @Test
  void theFirstSeedFindsItsOldClusterAgain() throws IOException {
    try (NodeProcesses nodes = nodes()) {
      nodes.startFirst(3);
      submit(nodes);
      Set<String> others =
          nodes.all().subList(1, 3).stream()
              .map(node -> node.address().toString())
              .collect(Collectors.toCollection(TreeSet::new));
      for (int round = 0; round < ROUNDS; round++) {
        nodes.node(1).kill();
        awaitMembers(nodes.node(2), others);
        nodes.node(1).start();
        nodes.all().forEach(node -> awaitMembers(node, addresses(nodes)));
      }
      awaitDone(nodes);
    }
  }

  @Test
  void aNodeThatIsKilledMayStartAgainAtOnce() throws IOException {
    try (NodeProcesses nodes = nodes()) {
      nodes.startFirst(3);
      submit(nodes);
      for (int round = 0; round < ROUNDS; round++) {
        TrialNode node = nodes.node(1 + round % 3);
        node.kill();
        node.start();
        awaitUp(node);
        nodes.all().forEach(each -> awaitMembers(each, addresses(nodes)));
      }
      awaitDone(nodes);
    }
  }

  private NodeProcesses nodes() {
    return new NodeProcesses(
        NodeProgram.ofThisJvm("jingwei.cluster.cli.Main"),
        new LoopbackNetwork("formation-%x".formatted(System.nanoTime())),
        folder,
        List.of(folder));
  }

  /** A session that ends only when it is stopped. */
  private void submit(NodeProcesses nodes) throws IOException {
    String session =
        TrialTexts.configuration(folder, "steps=1000000", "checkpoint.every=50", "replicas=3")
            .render();
    try (ClusterClient client = new ClusterClient(nodes.node(1).address())) {
      client.ask(new Query.Submit(SESSION, session));
    }
  }

  /** The session has outlived everything, and stops in order. */
  private static void awaitDone(NodeProcesses nodes) {
    try (ClusterClient client = new ClusterClient(nodes.node(2).address())) {
      JsonNode before = status(client);
      poll(client, status -> status.path("step").asLong() > before.path("step").asLong() + 10);
      client.ask(new Query.Stop(SESSION));
      JsonNode stopped = poll(client, status -> status.path("state").asText().equals("stopped"));
      assertEquals(SESSION, stopped.path("session").asText());
    }
  }

  private static Set<String> addresses(NodeProcesses nodes) {
    return nodes.all().stream()
        .map(node -> node.address().toString())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void awaitUp(TrialNode node) {
    while (!node.isUp()) {
      if (!node.isAlive()) {
        throw new AssertionError(node.name() + " ended: " + node.output());
      }
      pause();
    }
  }

  /** Asks through one node until the cluster has exactly these members. */
  private static void awaitMembers(TrialNode through, Set<String> wanted) {
    awaitUp(through);
    try (ClusterClient client = new ClusterClient(through.address())) {
      poll(client, status -> members(status).equals(wanted));
    }
  }

  private static Set<String> members(JsonNode status) {
    return status
        .path("members")
        .valueStream()
        .filter(member -> !member.path("state").asText().equals("lost"))
        .map(member -> member.path("address").asText())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The timeout of the test ends it. */
  private static JsonNode poll(ClusterClient client, Predicate<JsonNode> wanted) {
    while (true) {
      JsonNode status = status(client);
      if (wanted.test(status)) {
        return status;
      }
      if (status.path("state").asText().equals("failed")) {
        throw new AssertionError(status.toString());
      }
      pause();
    }
  }

  private static JsonNode status(ClusterClient client) {
    try {
      return new ObjectMapper().readTree(client.ask(new Query.Status(SESSION)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
  }
}
