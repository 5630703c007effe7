package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.model.memory.Matrix;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late, doubled and reordered messages at one stage. */
class DenseStageTest {
  private final StageFixture fixture = new StageFixture();
  private MicroBatchRef first = fixture.microBatch(1, 0);
  private MicroBatchRef second = fixture.microBatch(1, 1);

  @BeforeEach
  void begin() {
    fixture.begin(1);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void sendsMicroBatchesUpInOrderEvenIfExpertsFinishInAnother() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.ROUTED);
    stage.run(new DenseStage.Forward(first));
    stage.run(new DenseStage.Forward(second));
    for (int expert = 0; expert < 2; expert++) {
      assertEquals(
          List.of(
              new Expert.Compute(first, expert, false, false),
              new Expert.Compute(second, expert, false, false)),
          fixture.experts.get(expert).getAllReceived());
    }
    stage.run(new DenseStage.ExpertDone(second, 1, false));
    stage.run(new DenseStage.ExpertDone(second, 0, false));
    stage.run(new DenseStage.ExpertDone(first, 0, false));
    assertFalse(up().hasMessages(), "the first still waits for an expert");
    stage.run(new DenseStage.ExpertDone(first, 1, false));
    assertEquals(
        List.of(new DenseStage.Forward(first), new DenseStage.Forward(second)),
        up().getAllReceived());
  }

  @Test
  void refusesADoubledReportOfAnExpert() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.ROUTED);
    stage.run(new DenseStage.Forward(first));
    stage.run(new DenseStage.ExpertDone(first, 0, false));
    IllegalStateException fault =
        assertThrows(
            IllegalStateException.class,
            () -> stage.run(new DenseStage.ExpertDone(first, 0, false)));
    assertEquals(
        "expert 0 reported micro-batch 0 of step 1, which does not wait for it",
        fault.getMessage());
  }

  @Test
  void refusesAReportOfTheWrongDirection() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.ROUTED);
    stage.run(new DenseStage.Forward(first));
    assertThrows(
        IllegalStateException.class, () -> stage.run(new DenseStage.ExpertDone(first, 0, true)));
  }

  @Test
  void doesNotComputeAStepBeforeThePreviousOneIsApplied() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.DENSE);
    trainStep(stage);
    TestInbox<DenseStage.Command> above = fixture.stages.get(StageFixture.ROUTED);
    above.getAllReceived();
    fixture.begin(2);
    MicroBatchRef next = fixture.microBatch(2, 0);
    stage.run(new DenseStage.Forward(next));
    assertFalse(above.hasMessages(), "step 1 is not applied");
    stage.run(new DenseStage.Decide(applied(1)));
    assertEquals(List.of(new DenseStage.Forward(next)), above.getAllReceived());
  }

  /** A decision may come before the gradient is complete, and after it. */
  @Test
  void appliesAStepWhetherDecisionOrGradientComesFirst() {
    for (boolean decisionFirst : new boolean[] {true, false}) {
      fixture.coordinator.getAllReceived();
      BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.DENSE);
      if (decisionFirst) {
        stage.run(new DenseStage.Decide(applied(1)));
      }
      trainStep(stage);
      if (!decisionFirst) {
        stage.run(new DenseStage.Decide(applied(1)));
      }
      List<StepEvent> events = fixture.coordinator.getAllReceived();
      assertTrue(events.get(2) instanceof StepEvent.Measured, events.toString());
      assertTrue(events.get(3) instanceof StepEvent.Updated, events.toString());
      assertEquals(4, events.size());
    }
  }

  @Test
  void refusesADecisionThatIsDoubledOrLate() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.DENSE);
    stage.run(new DenseStage.Decide(applied(1)));
    refusesDecision(stage, "doubled");
    trainStep(stage);
    refusesDecision(stage, "late");
  }

  private void refusesDecision(BehaviorTestKit<DenseStage.Command> stage, String what) {
    IllegalStateException fault =
        assertThrows(
            IllegalStateException.class, () -> stage.run(new DenseStage.Decide(applied(1))), what);
    assertEquals("blocks.0 was told twice what to do with step 1", fault.getMessage(), what);
  }

  /** The weight gradients wait in the mailbox, while the micro-batch goes down. */
  private void trainStep(BehaviorTestKit<DenseStage.Command> stage) {
    for (MicroBatchRef microBatch : List.of(first, second)) {
      stage.run(new DenseStage.Forward(microBatch));
    }
    for (MicroBatchRef microBatch : List.of(first, second)) {
      stage.run(new DenseStage.Backward(microBatch));
    }
    for (MicroBatchRef microBatch : List.of(first, second)) {
      stage.run(new DenseStage.WeightGradients(microBatch));
    }
  }

  @Test
  void changesItsWeightsIfTheStepIsAppliedAndNotIfItIsRefused() {
    Matrix weights = fixture.model.state("blocks.0").weights().flat();
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.DENSE);
    double before = weights.get(0, 100);
    trainStep(stage);
    stage.run(new DenseStage.Decide(new StepDecision(1, true, 0, 1e-3, 1, 0)));
    assertEquals(before, weights.get(0, 100));
    first = fixture.microBatch(2, 0);
    second = fixture.microBatch(2, 1);
    fixture.begin(2);
    trainStep(stage);
    stage.run(new DenseStage.Decide(applied(2)));
    assertNotEquals(before, weights.get(0, 100));
  }

  private static StepDecision applied(long step) {
    return new StepDecision(step, false, step, 1e-3, 1, 0);
  }

  private TestInbox<DenseStage.Command> up() {
    return fixture.stages.get(StageFixture.OUTPUT);
  }
}
