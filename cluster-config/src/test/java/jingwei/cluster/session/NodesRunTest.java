package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.cluster.session.SmallRun.Heard;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of several nodes: the same files as a run of one node, also after a fault. */
@Timeout(120)
class NodesRunTest {
  private static final String REPLICAS = "replicas=2";

  @TempDir Path folder;

  private SmallRun oneNode() {
    return new SmallRun(folder, REPLICAS);
  }

  private SmallRun nodes() {
    return new SmallRun(folder, REPLICAS, "devices=2", "hosts=2", "deadline=4 s");
  }

  @Test
  void writeTheFilesOfARunOfOneNode() {
    Heard whole = oneNode().run("one", FaultPlan.none());
    Heard heard = nodes().run("several", FaultPlan.none());
    assertEquals(whole.losses, heard.losses);
    assertEquals(oneNode().weights("one"), nodes().weights("several"));
    assertEquals(oneNode().lines("one", "ledger.jsonl"), nodes().lines("several", "ledger.jsonl"));
    assertTrue(heard.steps.getLast().work().memory().hostBytes() > 0);
  }

  /** The numbers of devices and hosts may change between two parts of a run. */
  @Test
  void goOnWhereARunOfOneNodeStopped() {
    oneNode().run("one", FaultPlan.none());
    oneNode().runSteps("parts", null, 4);
    nodes().run("parts", "latest", FaultPlan.none(), () -> false);
    assertEquals(oneNode().weights("one"), nodes().weights("parts"));
  }

  /** A step trains one domain of two; the held-out loss of the other is computed, too. */
  @Test
  void storeTheSameExpertsAfterAStepOfOneDomain() {
    Map<String, Long> whole = null;
    Map<String, Long> early = null;
    for (String nodes : List.of("trainer=reference", "devices=0", "devices=2")) {
      SmallRun run = ofOneDomain(nodes, "steps=8");
      ofOneDomain(nodes, "steps=1").run(nodes, FaultPlan.none());
      Map<String, Long> first = run.weights(nodes);
      early = early == null ? first : early;
      assertEquals(early, first);
      run.run(nodes, "latest", FaultPlan.none(), () -> false);
      Map<String, Long> last = run.weights(nodes);
      whole = whole == null ? last : whole;
      assertEquals(whole, last);
    }
    assertTrue(early.size() < whole.size(), early + " and " + whole);
  }

  private SmallRun ofOneDomain(String nodes, String steps) {
    return new SmallRun(
        folder, REPLICAS, "domainsPerBatch=1", "evaluation.every=1", nodes, steps, "deadline=4 s");
  }

  /** Actors of a device, of a host, and of every node fail. */
  @ParameterizedTest
  @ValueSource(strings = {"output", "store", "transport"})
  void surviveAFaultOfAnActor(String actor) {
    crash(actor);
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"blocks.1", "store worker", "scheduler"})
  void surviveAFaultOfOtherActors(String actor) {
    crash(actor);
  }

  private void crash(String actor) {
    Heard whole = oneNode().run("one", FaultPlan.none());
    FaultPlan crash = new FaultPlan(List.of(new Fault(actor, 5)), Duration.ZERO);
    Heard heard = nodes().run("several", crash);
    assertEquals(List.of(), crash.pending());
    assertEquals(whole.losses, heard.losses);
    assertEquals(oneNode().weights("one"), nodes().weights("several"));
  }
}
