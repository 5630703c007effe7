package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.SmallRun.Heard;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits so narrow that ordinary steps of a small model are spikes. */
@Timeout(120)
class SpikeTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String[] NARROW = {
    "steps=30", "spike.window=10", "spike.deviations=0.5", "checkpoint.every=6"
  };

  @TempDir Path folder;

  @Test
  void logsSpikesWithTheirDocumentsAndTrainsOnThem() throws IOException {
    SmallRun narrow = run("log", "global");
    SmallRun wide = new SmallRun(folder, "steps=30", "checkpoint.every=6", "spike.deviations=1000");
    Heard heard = narrow.run("narrow", FaultPlan.none());
    wide.run("wide", FaultPlan.none());
    assertEquals(wide.weights("wide"), narrow.weights("narrow"));
    assertTrue(heard.steps.stream().allMatch(StepMetrics::applied));
    List<JsonNode> spikes = spikes(narrow, "narrow");
    assertFalse(spikes.isEmpty());
    for (JsonNode spike : spikes) {
      boolean isAbove =
          spike.path("loss").asDouble() > spike.path("lossLimit").asDouble()
              || spike.path("gradNorm").asDouble() > spike.path("gradNormLimit").asDouble();
      assertTrue(isAbove, spike.toString());
      assertTrue(spike.path("applied").asBoolean());
      assertTrue(spike.path("documents").get(0).asText().contains(".jsonl#"), spike.toString());
    }
    assertEquals(List.of(), wide.lines("wide", "spikes.jsonl"));
  }

  @ParameterizedTest
  @CsvSource({
    "skip, per-owner, 0",
    "skip, previous-norm, 1",
    "rollback, global, 0",
  })
  void refusesTheSameStepsOnEveryTrainer(String action, String clip, int delay) throws IOException {
    refuse(action, clip, delay);
  }

  @ParameterizedTest
  @Tag("long")
  @CsvSource({"skip, global, 0", "skip, global, 2", "rollback, per-owner, 1"})
  void refusesTheSameStepsByOtherRules(String action, String clip, int delay) throws IOException {
    refuse(action, clip, delay);
  }

  private void refuse(String action, String clip, int delay) throws IOException {
    SmallRun actors = run(action, clip, "delay=" + delay);
    SmallRun reference = run(action, clip, "delay=" + delay, "trainer=reference");
    Heard heard = actors.run("actors", FaultPlan.none());
    Heard expected = reference.run("reference", FaultPlan.none());
    assertEquals(expected.losses, heard.losses);
    assertEquals(reference.weights("reference"), actors.weights("actors"));
    assertEquals(
        reference.lines("reference", "spikes.jsonl"), actors.lines("actors", "spikes.jsonl"));
    assertEquals(
        reference.lines("reference", "ledger.jsonl"), actors.lines("actors", "ledger.jsonl"));
    List<Long> refused = refused(actors, "actors");
    assertFalse(refused.isEmpty(), "the range is not narrow enough to try anything");
    assertEquals(30 - refused.size(), actors.lines("actors", "ledger.jsonl").size());
  }

  /** An inactive expert catches up over the applied steps only. */
  @ParameterizedTest
  @CsvSource({"skip, 0", "skip, 2", "rollback, 1"})
  void catchesUpWithTheSameStepsOnEveryTrainer(String action, int delay) throws IOException {
    String[] absent = {
      "delay=" + delay, "optimizer.inactive=catch-up", "domainsPerBatch=1",
    };
    SmallRun actors = run(action, "global", absent);
    SmallRun reference =
        run(action, "global", absent[0], absent[1], absent[2], "trainer=reference");
    actors.run("actors", FaultPlan.none());
    reference.run("reference", FaultPlan.none());
    assertFalse(refused(actors, "actors").isEmpty(), "nothing was refused");
    assertEquals(reference.weights("reference"), actors.weights("actors"));
  }

  @Test
  void goesBackToTheCheckpointAndRefusesEverythingUpToTheSpike() throws IOException {
    SmallRun rollback = run("rollback", "global");
    Heard heard = rollback.run("run", FaultPlan.none());
    List<Long> refused = refused(rollback, "run");
    long first = refused.getFirst();
    assertEquals(1, first % 6, "the first step after a checkpoint: " + refused);
    assertTrue(heard.notes.stream().anyMatch(note -> note.contains("had a loss of")));
    for (int i = 1; i < refused.size(); i++) {
      boolean follows = refused.get(i) == refused.get(i - 1) + 1;
      assertTrue(follows || refused.get(i) % 6 == 1, refused.toString());
    }
  }

  /** Stopped repeatedly: before spikes, at spikes, and among refused steps. */
  @ParameterizedTest
  @CsvSource({"skip, 9", "rollback, 7"})
  void judgesAfterAResumeAsIfItHadNeverStopped(String action, int stepsAtOnce) {
    resume(action, stepsAtOnce);
  }

  @ParameterizedTest
  @Tag("long")
  @CsvSource({"skip, 4", "rollback, 5", "rollback, 11"})
  void judgesAfterOtherResumesAsIfItHadNeverStopped(String action, int stepsAtOnce) {
    resume(action, stepsAtOnce);
  }

  private void resume(String action, int stepsAtOnce) {
    SmallRun run = run(action, "global");
    run.run("whole", FaultPlan.none());
    String resume = null;
    int parts = 0;
    do {
      run.runSteps("parts", resume, stepsAtOnce);
      resume = "latest";
      parts++;
      assertTrue(parts < 60, "does not get on: step " + run.latest("parts").step());
    } while (run.latest("parts").step() < 30);
    assertTrue(parts > 2, "stopped only " + parts);
    assertEquals(run.weights("whole"), run.weights("parts"));
    assertEquals(run.lines("whole", "ledger.jsonl"), run.lines("parts", "ledger.jsonl"));
    assertEquals(run.lines("whole", "spikes.jsonl"), run.lines("parts", "spikes.jsonl"));
  }

  /** Otherwise the run would go back from the same spike forever. */
  @Test
  void remembersRefusedStepsWhenStoppedRightAfterGoingBack() {
    SmallRun run = run("rollback", "global");
    Heard heard = new Heard();
    run.run(
        "run",
        null,
        FaultPlan.none(),
        () -> heard.notes.stream().anyMatch(note -> note.contains("had a loss of")),
        heard);
    Manifest stopped = run.latest("run");
    assertEquals(0, stopped.step() % 6, "it had gone back");
    assertFalse(stopped.run().refusedSteps().isEmpty());
  }

  @ParameterizedTest
  @CsvSource({"actors, global, 1", "actors, per-owner, 50", "reference, global, 1"})
  void endsARunThatCanOnlyDivergeAndKeepsItsLastGoodCheckpoint(
      String trainer, String clip, int every) {
    SmallRun bursting =
        new SmallRun(
            folder,
            "steps=60",
            "learningRate.peak=1e30",
            "spike.mostRefused=5",
            "checkpoint.every=" + every,
            "checkpoint.keep=1",
            "trainer=" + trainer,
            "clip=" + clip);
    FaultException fault =
        assertThrows(FaultException.class, () -> bursting.run("run", FaultPlan.none()));
    String message = fault.getMessage();
    assertTrue(message.contains("the last 5 steps had to be refused"), message);
    if (every == 1) {
      assertTrue(message.contains("is complete, resume with"), message);
      bursting.latest("run");
    }
    assertEquals(1, bursting.lines("run", "ledger.jsonl").size(), "one step was applied");
  }

  @Test
  void detectsLossesFarWorseThanGuessing() {
    SmallRun wild = new SmallRun(folder, "steps=200", "learningRate.peak=1", "spike.window=10");
    FaultException fault =
        assertThrows(FaultException.class, () -> wild.run("wild", FaultPlan.none()));
    assertTrue(fault.getMessage().contains("twice that of guessing"), fault.getMessage());
  }

  private SmallRun run(String action, String clip, String... more) {
    List<String> all = new ArrayList<>(List.of(NARROW));
    all.add("spike.action=" + action);
    all.add("clip=" + clip);
    all.addAll(List.of(more));
    return new SmallRun(folder, all.toArray(String[]::new));
  }

  private static List<JsonNode> spikes(SmallRun run, String name) throws IOException {
    List<JsonNode> spikes = new ArrayList<>();
    for (String line : run.lines(name, "spikes.jsonl")) {
      spikes.add(MAPPER.readTree(line));
    }
    return spikes;
  }

  private static List<Long> refused(SmallRun run, String name) throws IOException {
    return spikes(run, name).stream()
        .filter(spike -> !spike.path("applied").asBoolean())
        .flatMapToLong(spike -> LongStream.of(spike.path("step").asLong()))
        .boxed()
        .toList();
  }
}
