package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.cluster.session.SmallRun.Heard;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TrainingRunTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "embedding",
        "embedding backward",
        "blocks.0",
        "blocks.1",
        "blocks.1 backward",
        "blocks.0 weight gradients",
        "blocks.1 weight gradients",
        "output",
        "blocks.1.experts.0",
        "blocks.1.experts.3",
        "store",
        "store worker",
        "scheduler",
        "coordinator",
        "session",
        "transport"
      })
  void survivesTheCrashOfAnyActorAndComesToTheSameWeights(String actor) {
    SmallRun small = new SmallRun(folder);
    Heard undisturbed = small.run("undisturbed", FaultPlan.none());
    FaultPlan crashes =
        new FaultPlan(List.of(new Fault(actor, 2), new Fault(actor, 5)), Duration.ZERO);
    Heard disturbed = small.run("disturbed", crashes);
    assertEquals(List.of(), crashes.pending(), "every fault struck");
    assertEquals(
        2,
        disturbed.notes.stream().filter(n -> n.contains("continues from")).count(),
        disturbed.notes.toString());
    assertEquals(undisturbed.losses, disturbed.losses);
    assertEquals(small.weights("undisturbed"), small.weights("disturbed"));
    assertEquals(
        small.lines("undisturbed", "ledger.jsonl"), small.lines("disturbed", "ledger.jsonl"));
    assertEquals(8, small.lines("disturbed", "metrics.jsonl").size());
  }

  @Test
  void endsWithOneSentenceWhenAFaultRepeats() {
    SmallRun small = new SmallRun(folder);
    FaultPlan crashes =
        new FaultPlan(Collections.nCopies(20, new Fault("output", 5)), Duration.ZERO);
    FaultException fault =
        assertThrows(FaultException.class, () -> small.run("disturbed", crashes));
    String message = fault.getMessage();
    assertTrue(message.contains("the actor output failed"), message);
    assertTrue(message.contains("step-00000003 is complete"), message);
    assertEquals(3, small.latest("disturbed").step());
  }

  @ParameterizedTest
  @CsvSource({"global, 0, 0", "per-owner, 0, 0", "previous-norm, 1, 0", "global, 2, 0"})
  void goesOnFromACheckpointAsIfNothingHadHappened(String clip, int delay, int bound) {
    SmallRun small = new SmallRun(folder, "clip=" + clip, "delay=" + delay, "bound=" + bound);
    Heard whole = small.run("whole", FaultPlan.none());
    small.runSteps("parts", null, 4);
    long stoppedAt = small.latest("parts").step();
    assertTrue(stoppedAt < 8, "stopped at " + stoppedAt);
    Heard rest = small.run("parts", "latest", FaultPlan.none(), () -> false);
    rest.losses.forEach((step, loss) -> assertEquals(whole.losses.get(step), loss));
    assertEquals(small.weights("whole"), small.weights("parts"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"global", "per-owner", "previous-norm"})
  void refusesStepsThatAreNotFiniteWholeHoweverItClips(String clip) {
    String[] bursting = {"clip=" + clip, "steps=4", "learningRate.peak=1e30"};
    SmallRun actors = new SmallRun(folder, bursting);
    SmallRun reference =
        new SmallRun(folder, bursting[0], bursting[1], bursting[2], "trainer=reference");
    Heard expected = reference.run("reference", FaultPlan.none());
    Heard heard = actors.run("actors", FaultPlan.none());
    assertTrue(expected.steps.getFirst().applied());
    assertFalse(expected.steps.getLast().applied(), "the rate did not burst the model");
    assertEquals(1, actors.lines("actors", "ledger.jsonl").size());
    assertEquals(expected.steps.getLast().applied(), heard.steps.getLast().applied());
    assertEquals(reference.weights("reference"), actors.weights("actors"));
  }

  @Test
  void saysWhoWaitedForWhomPastTheDeadline() {
    SmallRun small = new SmallRun(folder, "deadline=2 s");
    FaultPlan stuckStore = new FaultPlan(List.of(), Duration.ofMinutes(5));
    FaultException fault = assertThrows(FaultException.class, () -> small.run("stuck", stuckStore));
    String message = fault.getMessage();
    assertTrue(message.contains("the coordinator waited"), message);
    assertTrue(message.contains("updates of"), message);
  }

  /** The head hangs in step 5, before any owner may apply it; step 4 is saved. */
  @Test
  void savesCommittedStepsWhenAStepHangs() {
    SmallRun small = new SmallRun(folder, "deadline=2 s");
    Heard whole = small.run("whole", FaultPlan.none());
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("output", 5)), Duration.ofSeconds(20));
    FaultException fault = assertThrows(FaultException.class, () -> small.run("hung", hang));
    String message = fault.getMessage();
    assertTrue(message.contains("the coordinator waited"), message);
    assertTrue(message.contains("step-00000004 is complete"), message);
    assertEquals(4, small.latest("hung").step());
    Heard rest = small.run("hung", "latest", FaultPlan.none(), () -> false);
    rest.losses.forEach((step, loss) -> assertEquals(whole.losses.get(step), loss));
    assertEquals(small.weights("whole"), small.weights("hung"));
  }

  /** A signal arrives before any owner may apply a step; committed steps are saved at once. */
  @Test
  void savesCommittedStepsWhenStoppedInALongStep() {
    SmallRun small = new SmallRun(folder, "deadline=60 s");
    small.run("whole", FaultPlan.none());
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("output", 5)), Duration.ofSeconds(40));
    Heard heard = new Heard();
    long start = System.nanoTime();
    long[] saved = {0};
    RunListener listener =
        new RunListener() {
          @Override
          public void note(String sentence) {
            heard.note(sentence);
          }

          @Override
          public void step(StepMetrics metrics, long plannedSteps) {
            heard.step(metrics, plannedSteps);
          }

          @Override
          public void evaluated(long step, Map<String, DomainLoss> heldOut) {}

          @Override
          public void saved(long step, Path checkpoint) {
            saved[0] = System.nanoTime();
          }
        };
    small.run("stopped", null, hang, () -> heard.steps.size() >= 4, listener);
    assertTrue(saved[0] - start < Duration.ofSeconds(20).toNanos(), "it waited for the step");
    assertEquals(4, small.latest("stopped").step());
    small.run("stopped", "latest", FaultPlan.none(), () -> false);
    assertEquals(small.weights("whole"), small.weights("stopped"));
  }

  @Test
  void survivesACrashAfterResumingFromAnOlderCheckpoint() {
    SmallRun small = new SmallRun(folder);
    small.run("undisturbed", FaultPlan.none());
    small.run("again", FaultPlan.none());
    FaultPlan crash = new FaultPlan(List.of(new Fault("output", 5)), Duration.ZERO);
    Heard heard = small.run("again", "step-00000003", crash, () -> small.isLatest("again", 8));
    assertFalse(heard.steps.isEmpty(), "latest still named a checkpoint that is gone");
    assertEquals(List.of(), crash.pending());
    assertEquals(small.weights("undisturbed"), small.weights("again"));
  }

  /** Measurements of a step exclude evaluations. */
  @Test
  void measuresStepsWithoutEvaluations() {
    SmallRun small = new SmallRun(folder, "evaluation.every=1", "lanes=1");
    for (StepMetrics step : small.run("run", FaultPlan.none()).steps) {
      assertTrue(step.work().ecss().hits() <= step.work().activeExperts(), step.toString());
    }
  }

  @Test
  void givesTheBitsOfTheReferenceTrainer() {
    SmallRun actors = new SmallRun(folder);
    SmallRun reference = new SmallRun(folder, "trainer=reference");
    assertEquals(
        reference.run("reference", FaultPlan.none()).losses,
        actors.run("actors", FaultPlan.none()).losses);
    assertEquals(reference.weights("reference"), actors.weights("actors"));
  }

  @Test
  void logsTheVersionsReadUnderStaleness() {
    SmallRun small = new SmallRun(folder, "bound=2");
    small.run("bound", FaultPlan.none());
    for (String line : small.lines("bound", "ledger.jsonl")) {
      assertTrue(line.contains("\"reads\":{\"blocks.0\":"), line);
    }
  }
}
