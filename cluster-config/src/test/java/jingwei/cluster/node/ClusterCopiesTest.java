package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.SmallRun;
import jingwei.model.checkpoint.WritableCheckpointFolder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions with {@code checkpoint.copies = 2} on nodes with folders of their own. */
@Timeout(120)
class ClusterCopiesTest {
  private static final String[] KEEPS = {"coordinator", "host"};

  @TempDir Path folder;
  private LocalNodes nodes;

  @BeforeEach
  void setUp() {
    nodes = new LocalNodes(folder);
  }

  @AfterEach
  void endNodes() {
    nodes.close();
  }

  @Test
  void theSessionGoesOnFromItsCopyWhenTheLeaderLeavesAndItsFolderIsLost() throws Exception {
    SmallRun small = run("steps=150", "checkpoint.every=10");
    small.run("train", FaultPlan.none());
    LocalNodes.Running first = nodes.start("a");
    nodes.start("b");
    LocalNodes.Running third = nodes.start("c");
    try (ClusterClient client = new ClusterClient(third.address())) {
      client.ask(new Query.Submit("one", small.configuration().render()));
      LocalNodes.await(client, "one", status -> copyStep(status) >= 10);

      nodes.leave(first);
      WritableCheckpointFolder.deleteTree(folder.resolve("a"));
      JsonNode done = LocalNodes.await(client, "one", is("done"));

      assertEquals(150, done.path("step").asLong());
      assertTrue(done.path("epoch").asLong() > 1, done.toString());
      assertEquals(small.weights("train"), small.weights("b/one"));
      JsonNode copied = LocalNodes.await(client, "one", status -> copyStep(status) == 150);
      assertEquals(
          third.address().toString(), copied.path("copies").path(0).path("address").asText());
      assertEquals(small.weights("train"), small.weights("c/one"));
    }
  }

  @Test
  void aSubmissionIsOnTwoDisksWhenItIsAcknowledged() throws Exception {
    LocalNodes.Running first = nodes.start("a", KEEPS);
    nodes.start("b", KEEPS);
    try (ClusterClient client = new ClusterClient(first.address())) {
      client.ask(new Query.Submit("one", run().configuration().render()));

      assertEquals(
          -1,
          Files.mismatch(
              folder.resolve("a/one/session.json"), folder.resolve("b/one/session.json")));

      client.ask(new Query.Pause("one"));
      assertTrue(read("b/one/session.json").contains("PAUSED"));
    }
  }

  @Test
  void aSessionWithoutCopiesStaysOnOneDisk() throws Exception {
    LocalNodes.Running first = nodes.start("a", KEEPS);
    nodes.start("b", KEEPS);
    try (ClusterClient client = new ClusterClient(first.address())) {
      client.ask(new Query.Submit("one", new SmallRun(folder).configuration().render()));
      JsonNode waiting = LocalNodes.await(client, "one", is("waiting"));

      assertFalse(waiting.has("copies"), waiting.toString());
      assertFalse(Files.exists(folder.resolve("b/one")));
    }
  }

  @Test
  void oneCoordinatorGoesOnAndTheNextOneGetsTheCopy() throws Exception {
    LocalNodes.Running first = nodes.start("a", KEEPS);
    try (ClusterClient client = new ClusterClient(first.address())) {
      client.ask(new Query.Submit("one", run().configuration().render()));
      JsonNode alone = LocalNodes.await(client, "one", is("waiting"));
      assertTrue(alone.path("copies").isEmpty(), alone.toString());
      assertEquals(
          "the second copy needs a second node with the role coordinator",
          alone.path("copyFault").asText());

      LocalNodes.Running second = nodes.start("b");
      LocalNodes.await(client, "one", is("done"));
      JsonNode copied = LocalNodes.await(client, "one", status -> copyStep(status) == 8);
      assertEquals(
          second.address().toString(), copied.path("copies").path(0).path("address").asText());
      assertFalse(copied.has("copyFault"), copied.toString());
    }
  }

  @Test
  void aFolderThatBothNodesSeeIsNoSecondCopy() throws Exception {
    LocalNodes.Running first = nodes.start("a");
    nodes.start("a");
    try (ClusterClient client = new ClusterClient(first.address())) {
      client.ask(new Query.Submit("one", run().configuration().render()));
      JsonNode done = LocalNodes.await(client, "one", is("done"));

      assertTrue(done.path("copies").isEmpty(), done.toString());
      assertEquals(
          "the second copy needs a folder of its own: all other coordinators have the same cluster.folder as node "
              + first.address(),
          done.path("copyFault").asText());
    }
  }

  @Test
  void aLeaderThatMeetsANewerCopyTakesIt() throws Exception {
    SmallRun small = run();
    LocalNodes.Running before = nodes.start("b", KEEPS);
    try (ClusterClient client = new ClusterClient(before.address())) {
      client.ask(new Query.Submit("one", small.configuration().render()));
      client.ask(new Query.Pause("one"));
      LocalNodes.await(client, "one", is("paused"));
      copyTree(folder.resolve("b"), folder.resolve("a"));
    }
    LocalNodes.Running device = nodes.start("none", "device");
    try (ClusterClient client = new ClusterClient(before.address())) {
      client.ask(new Query.Resume("one"));
      LocalNodes.await(client, "one", is("done"));
    }
    nodes.leave(device);
    nodes.leave(before);

    LocalNodes.Running older = nodes.start("a", KEEPS);
    try (ClusterClient client = new ClusterClient(older.address())) {
      LocalNodes.await(client, "one", is("paused"));
      nodes.start("b", KEEPS);
      JsonNode taken = LocalNodes.await(client, "one", is("done"));

      assertEquals(8, taken.path("step").asLong());
      assertEquals(small.weights("b/one"), small.weights("a/one"));
    }
  }

  private SmallRun run(String... more) {
    return new SmallRun(
        folder,
        Stream.concat(Stream.of("replicas=2", "checkpoint.copies=2"), Stream.of(more))
            .toArray(String[]::new));
  }

  private static Predicate<JsonNode> is(String state) {
    return status -> status.path("state").asText().equals(state);
  }

  private static long copyStep(JsonNode status) {
    return status.path("copies").path(0).path("step").asLong(-1);
  }

  private String read(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }
}
