package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run whose nodes change, get lost or lose the lead. It has 8 steps; a checkpoint is due every 3
 * steps, and an evaluation every 4. After these steps the trainer rests, so that no other step is
 * open when a test interferes.
 */
@Timeout(120)
class RunPlaceTest {
  private static final NodeSettings TWO = new NodeSettings(2, 1);

  @TempDir Path folder;

  private SmallRun small;

  @BeforeEach
  void setUp() {
    small = new SmallRun(folder, "replicas=2", "deadline=4 s");
  }

  /** Calls back after every step, in the thread of the run. */
  private static final class AfterSteps implements RunListener {
    private final LongConsumer action;
    private final List<Long> starts = new ArrayList<>();
    private final List<Long> evaluations = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    AfterSteps(LongConsumer action) {
      this.action = action;
    }

    @Override
    public void note(String sentence) {}

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {
      action.accept(metrics.step());
    }

    @Override
    public void evaluated(long step, Map<String, DomainLoss> heldOut) {
      evaluations.add(step);
    }

    @Override
    public void started(long step) {
      starts.add(step);
    }

    @Override
    public void fault(long step, String reason) {
      faults.add(reason);
    }
  }

  private void assertSameAsUndisturbed(String name) {
    small.run("whole", FaultPlan.none());
    assertEquals(small.weights("whole"), small.weights(name));
    assertEquals(small.lines("whole", "ledger.jsonl"), small.lines(name, "ledger.jsonl"));
  }

  /**
   * Also after a step at which a checkpoint and an evaluation are due, which must not be left out.
   */
  @Test
  void otherNodesTakeOverAtAStepBoundary() {
    OwnPlace place = new OwnPlace(NodeSettings.ONE, TWO, NodeSettings.ONE);
    AfterSteps heard =
        new AfterSteps(
            step -> {
              if (step == 3 || step == 4 || step == 8) {
                place.outdate();
              }
            });
    small.runAt("changed", place, heard);
    assertEquals(List.of(0L, 3L, 4L), heard.starts);
    assertEquals(3, place.launched());
    assertEquals(List.of(), heard.faults);
    AfterSteps whole = new AfterSteps(step -> {});
    small.runAt("same", RunPlace.THIS_PROCESS, whole);
    assertEquals(whole.evaluations, heard.evaluations);
    assertSameAsUndisturbed("changed");
  }

  @Test
  void aNodeThatComesAndGoesAtOnceDoesNotEndTheRun() {
    OwnPlace place = new OwnPlace(NodeSettings.ONE);
    AfterSteps heard =
        new AfterSteps(
            step -> {
              if (step == 4) {
                place.comeAndGo();
              }
            });
    small.runAt("flicker", place, heard);
    assertEquals(List.of(), heard.faults);
    assertTrue(small.isLatest("flicker", 8));
    assertSameAsUndisturbed("flicker");
  }

  @Test
  void goesOnAfterTheLossOfANode() {
    OwnPlace place = new OwnPlace(TWO, NodeSettings.ONE);
    AfterSteps heard =
        new AfterSteps(
            step -> {
              if (step == 4 && place.launched() == 1) {
                place.loseNode();
              }
            });
    small.runAt("lost", place, heard);
    assertEquals(List.of(0L, 3L), heard.starts);
    assertEquals(List.of("node 7 does not answer"), heard.faults);
    assertSameAsUndisturbed("lost");
  }

  /** A node that comes and goes says nothing about the run. */
  @Test
  void aNodeThatIsLostAgainAndAgainDoesNotEndTheRun() {
    OwnPlace place = new OwnPlace(NodeSettings.ONE);
    AfterSteps heard =
        new AfterSteps(
            step -> {
              if (step == 4 && place.launched() < 6) {
                place.loseNode();
              }
            });
    small.runAt("lost", place, heard);
    assertEquals(List.of(0L, 3L, 3L, 3L, 3L, 3L), heard.starts);
    assertTrue(small.isLatest("lost", 8));
    assertSameAsUndisturbed("lost");
  }

  /**
   * The next leader finds the files as they were when the lead was lost, and goes on. After steps
   * 3, 6 and 8 a checkpoint is due.
   */
  @ParameterizedTest
  @CsvSource({"3, 0", "5, 3", "6, 3", "8, 6"})
  void writesNothingAfterTheLeadIsLost(long lost, long saved) {
    OwnPlace place = OwnPlace.ofCluster(NodeSettings.ONE);
    AfterSteps heard =
        new AfterSteps(
            step -> {
              if (step == lost) {
                place.loseLead();
              }
            });
    assertThrows(LeadLostException.class, () -> small.runAt("led", place, heard));
    assertEquals(lost, small.lines("led", "ledger.jsonl").size());
    AfterSteps next = new AfterSteps(step -> {});
    small.runAt("led", OwnPlace.ofCluster(NodeSettings.ONE), next);
    assertEquals(List.of(saved), next.starts);
    assertSameAsUndisturbed("led");
  }

  /** The fault is for the next leader to report. */
  @Test
  void reportsNoFaultAfterTheLeadIsLost() {
    OwnPlace place = OwnPlace.ofCluster(NodeSettings.ONE);
    AfterSteps heard =
        new AfterSteps(
            step -> {
              if (step == 4) {
                place.loseLead();
                place.loseNode();
              }
            });
    assertThrows(LeadLostException.class, () -> small.runAt("led", place, heard));
    assertEquals(List.of(), heard.faults);
    assertTrue(small.isLatest("led", 3));
  }
}
