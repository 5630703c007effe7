package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import jingwei.cluster.chaos.EpochHistory;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.chaos.Findings;
import jingwei.cluster.chaos.HistoryChecker;
import jingwei.cluster.node.ClusterClient;
import jingwei.cluster.node.Query;
import jingwei.cluster.session.RunListener;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.HostPort;
import jingwei.model.checkpoint.WritableCheckpointFolder;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The leader is killed and its disk is lost: its folder is deleted. */
@Timeout(300)
class LostDiskTest {
  private static final int STEPS = 150;
  private static final long SEED = 1;

  @TempDir Path folder;
  private final LoopbackNetwork network = new LoopbackNetwork("unused");
  private final String machines = "lost-disk-%x-".formatted(System.nanoTime());
  private final List<HostPort> places = new ArrayList<>();
  private final List<TrialNode> nodes = new ArrayList<>();

  @AfterEach
  void endNodes() {
    nodes.stream().filter(TrialNode::isAlive).forEach(TrialNode::kill);
    List.of("a", "b").forEach(machine -> new DriverOfNodes(machines + machine).close());
  }

  /** The next leader is beside the lost one, and the copy is on another machine. */
  @Test
  @Tag("long")
  void theNextLeaderGoesOnFromTheCopyThatAThirdNodeKeeps() throws IOException {
    Configuration configuration =
        TrialTexts.configuration(
            folder,
            "replicas=2",
            "steps=" + STEPS,
            "seed=" + SEED,
            "checkpoint.every=10",
            "checkpoint.copies=2");
    HistoryChecker.Run right =
        UndisturbedRun.run(
            new RunRequest(configuration, true, folder.resolve("right"), null, null),
            SEED,
            new Silent());
    for (int number = 1; number <= 3; number++) {
      places.add(network.add(number));
    }
    start(1, "a");
    start(2, "a");
    start(3, "b");
    try (ClusterClient client = new ClusterClient(places.get(2))) {
      client.ask(new Query.Submit("one", configuration.render()));
      JsonNode copied = await(client, status -> copy(status).path("step").asLong() >= 20);
      assertEquals(places.get(0).toString(), copied.path("leader").asText());
      assertEquals(places.get(2).toString(), copy(copied).path("address").asText());

      nodes.get(0).kill();
      WritableCheckpointFolder.deleteTree(sessions(1));
      JsonNode done = await(client, status -> status.path("state").asText().equals("done"));

      assertEquals(places.get(1).toString(), done.path("leader").asText());
      assertTrue(done.path("epoch").asLong() > copied.path("epoch").asLong(), done.toString());
    }
    assertFalse(Files.exists(sessions(1)));
    Path session = sessions(2).resolve("one");
    EpochHistory history =
        EpochHistory.of(List.of(EpochLines.read(session.resolve(EpochLog.FILE))));
    Findings findings =
        HistoryChecker.check(
            new HistoryChecker.Run(history, FinalWeights.of(session)), right, List.of());
    assertTrue(findings.isClean(), findings.toString());
    assertTrue(findings.weightsEqual());
  }

  private void start(int number, String machine) throws IOException {
    Path file = folder.resolve("node-%d.conf".formatted(number));
    Files.writeString(
        file,
        new NodeFile(
                places.get(number - 1),
                places,
                sessions(number),
                List.of(folder),
                machines + machine)
            .text());
    TrialNode node =
        new TrialNode(
            number,
            places.get(number - 1),
            NodeProgram.ofThisJvm("jingwei.cluster.cli.Main").command(file),
            folder.resolve("node-%d.log".formatted(number)));
    nodes.add(node);
    node.start();
    while (!node.isUp()) {
      assertTrue(node.isAlive(), node.output());
      pause();
    }
  }

  private Path sessions(int number) {
    return folder.resolve("node-%d/sessions".formatted(number));
  }

  private static JsonNode copy(JsonNode status) {
    return status.path("copies").path(0);
  }

  /** The timeout of the test ends it. */
  private static JsonNode await(ClusterClient client, Predicate<JsonNode> wanted)
      throws IOException {
    while (true) {
      JsonNode status = new ObjectMapper().readTree(client.ask(new Query.Status("one")));
      if (wanted.test(status)) {
        return status;
      }
      assertFalse(status.path("state").asText().equals("failed"), status.toString());
      pause();
    }
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
  }

  private static final class Silent implements RunListener {
    @Override
    public void note(String sentence) {}

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {}
  }
}
