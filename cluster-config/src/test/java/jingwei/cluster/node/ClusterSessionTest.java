package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.session.LiveRun;
import jingwei.cluster.session.SmallRun;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.cluster.settings.HostPort;
import jingwei.cluster.settings.NodeOverrides;
import jingwei.model.UserException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions on a cluster whose nodes are in this process, each with its own actor system. */
@Timeout(120)
class ClusterSessionTest {
  private static final Pattern UP = Pattern.compile("node (\\S+) is up: .*");

  @TempDir Path folder;
  private final List<Running> nodes = new ArrayList<>();

  private record Running(
      NodeProcess node, HostPort address, CompletableFuture<NodeProcess.Ending> end) {
    NodeProcess.Ending leave() {
      node.leave();
      return end.join();
    }
  }

  @AfterEach
  void endNodes() {
    nodes.forEach(Running::leave);
  }

  @Test
  void aSessionOnTwoNodesHasTheWeightsOfARunInOneProcess() throws Exception {
    SmallRun small = new SmallRun(folder, "replicas=2", "checkpoint.every=0");
    small.run("train", FaultPlan.none());
    Running first = start(null);
    start(first.address);
    try (ClusterClient client = new ClusterClient(first.address)) {
      client.ask(new Query.Submit("one", small.configuration().render()));
      client.ask(new Query.Submit("one", small.configuration().render())); // the answer was lost

      JsonNode done = await(client, "one", "done"::equals);

      assertEquals(8, done.path("step").asLong());
      assertTrue(done.path("domains").path("en").path("bitsPerByte").asDouble() > 0);
      assertTrue(done.path("tokensPerSecond").asDouble() > 0);
      assertEquals(1, done.path("epoch").asLong());
      assertEquals(small.weights("train"), small.weights("one"));
      assertEquals(
          "one",
          read(client.ask(new Query.All())).path("sessions").path(0).path("session").asText());
      EpochLine.Begin begin =
          (EpochLine.Begin) EpochLines.read(small.folder("one").resolve(EpochLog.FILE)).getFirst();
      assertEquals(2, begin.members().size());
      assertTrue(begin.members().stream().allMatch(member -> member.experts() > 0));
    }
  }

  @Test
  void aNodeThatJoinsGetsItsShareAndOneThatLeavesHandsItOver() throws Exception {
    SmallRun small = new SmallRun(folder, "replicas=2", "steps=4000", "checkpoint.every=0");
    Running first = start(null);
    try (ClusterClient client = new ClusterClient(first.address)) {
      client.ask(new Query.Submit("one", small.configuration().render()));
      awaitStep(client, "one", 3);
      Running second = start(first.address);
      JsonNode joined = awaitMembers(client, 2);
      assertEquals("working", joined.path("members").path(1).path("state").asText());

      assertEquals(NodeProcess.Ending.LEFT, second.leave());
      nodes.remove(second);
      JsonNode left = awaitMembers(client, 1);
      assertEquals("", left.path("lastFault").asText());
      assertEquals(3, left.path("epoch").asLong());

      client.ask(new Query.Stop("one"));
      JsonNode stopped = await(client, "one", "stopped"::equals);
      assertTrue(stopped.path("step").asLong() > joined.path("step").asLong());
    }
  }

  @Test
  void aPausedSessionGoesOnWhenItIsResumed() throws Exception {
    SmallRun small = new SmallRun(folder, "steps=30", "checkpoint.every=0");
    small.run("train", FaultPlan.none());
    Running only = start(null);
    try (ClusterClient client = new ClusterClient(only.address)) {
      assertThrows(UserException.class, () -> client.ask(new Query.Status("")));
      client.ask(new Query.Submit("one", small.configuration().render()));
      client.ask(new Query.Submit("two", small.configuration().render()));
      client.ask(new Query.Pause("two")); // it waits for the first one
      client.ask(new Query.Pause("one"));
      String state =
          await(client, "one", at -> at.equals("paused") || at.equals("done"))
              .path("state")
              .asText();
      assertEquals("paused", state);
      client.ask(new Query.Resume("one"));
      await(client, "one", "done"::equals);

      assertEquals(small.weights("train"), small.weights("one"));
      assertEquals("paused", read(client.ask(new Query.Status("two"))).path("state").asText());
      assertThrows(UserException.class, () -> client.ask(new Query.Resume("one")));
      assertThrows(UserException.class, () -> client.ask(new Query.Status("../data")));
      assertThrows(UserException.class, () -> client.ask(new Query.Stop("a\u0000b")));
      assertThrows(UserException.class, () -> client.ask(new Query.Drain(null)));
      UserException unknown =
          assertThrows(UserException.class, () -> client.ask(new Query.Stop("three")));
      assertEquals(
          "The cluster has no session 'three'; 'jingwei session list' shows all.",
          unknown.getMessage());
    }
  }

  @Test
  void rowsThatAClientSendsTrainAsTheStandardInputOfOneProcessDoes() throws Exception {
    LiveRun live = new LiveRun(folder, "replicas=2");
    List<String> rows = LiveRun.rows(0, 20);
    live.run("train", LiveRun.input(rows));
    Running first = start(null);
    start(first.address);
    try (ClusterClient client = new ClusterClient(first.address)) {
      client.ask(new Query.Submit("one", live.configuration().render()));
      List<String> notes = new ArrayList<>();
      RowSender sender = new RowSender(client::ask, "one", notes::add);

      assertEquals(rows.size(), sender.send(LiveRun.input(rows), 1 << 20), notes.toString());
      await(client, "one", "done"::equals);
      assertEquals(live.result("train"), live.result("one"));
    }
  }

  @Test
  void aSessionWaitsForTheRoleThatIsMissing() throws Exception {
    SmallRun small = new SmallRun(folder);
    Running coordinator = start(null, "coordinator", "host");
    try (ClusterClient client = new ClusterClient(coordinator.address)) {
      client.ask(new Query.Submit("one", small.configuration().render()));
      JsonNode waiting = await(client, "one", "waiting"::equals);
      assertEquals("a node with the role device", waiting.path("waitsFor").asText());

      start(coordinator.address, "device");
      await(client, "one", "done"::equals);
    }
  }

  private Running start(HostPort seed, String... roles) throws InterruptedException {
    ClusterSettings settings =
        ClusterSettings.resolve(
            null,
            new NodeOverrides(
                roles.length == 0 ? null : List.of(roles),
                null,
                0,
                seed == null ? List.of() : List.of(seed.toString()),
                folder.toString(),
                List.of("cluster.data=[\"%s\"]".formatted(folder))));
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    NodeProcess node = NodeProcess.start(settings, lines::add);
    CompletableFuture<NodeProcess.Ending> end = CompletableFuture.supplyAsync(node::run);
    String line = lines.poll(60, TimeUnit.SECONDS);
    var up = UP.matcher(String.valueOf(line));
    assertTrue(up.matches(), "the node said: " + line);
    Running running = new Running(node, HostPort.parse(up.group(1), "node"), end);
    nodes.add(running);
    return running;
  }

  private static JsonNode awaitStep(ClusterClient client, String name, long step) {
    return poll(client, name, status -> status.path("step").asLong() >= step);
  }

  private static JsonNode awaitMembers(ClusterClient client, int count) {
    return poll(
        client,
        "one",
        status ->
            status.path("state").asText().equals("running")
                && status.path("members").size() == count
                && status
                    .path("members")
                    .valueStream()
                    .allMatch(member -> member.path("state").asText().equals("working")));
  }

  private static JsonNode await(ClusterClient client, String name, Predicate<String> state) {
    return poll(client, name, status -> state.test(status.path("state").asText()));
  }

  /** The timeout of the test ends it. */
  private static JsonNode poll(ClusterClient client, String name, Predicate<JsonNode> wanted) {
    while (true) {
      JsonNode status = read(client.ask(new Query.Status(name)));
      if (wanted.test(status)) {
        return status;
      }
      if (status.path("state").asText().equals("failed")) {
        throw new AssertionError(status.toString());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static JsonNode read(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }
}
