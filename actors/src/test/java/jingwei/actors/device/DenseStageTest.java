package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Late, doubled and reordered messages at one stage. */
class DenseStageTest {
  private final StageFixture fixture = new StageFixture();
  private final MicroBatchRef first = fixture.microBatch(1, 0);
  private final MicroBatchRef second = fixture.microBatch(1, 1);

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
    fixture.letRead(stage, StageFixture.ROUTED, 1);
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
    fixture.letRead(stage, StageFixture.ROUTED, 1);
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
    fixture.letRead(stage, StageFixture.ROUTED, 1);
    stage.run(new DenseStage.Forward(first));
    assertThrows(
        IllegalStateException.class, () -> stage.run(new DenseStage.ExpertDone(first, 0, true)));
  }

  @Test
  void asksOnceForItsWeightsAndComputesWhenItMayReadThem() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.DENSE);
    TestInbox<DenseStage.Command> above = fixture.stages.get(StageFixture.ROUTED);
    stage.run(new DenseStage.Begin(1));
    stage.run(new DenseStage.Forward(first));
    stage.run(new DenseStage.Forward(second));
    assertFalse(above.hasMessages(), "it may not read its weights");
    assertEquals(List.of(new StageOwner.Need(1)), owner().getAllReceived());
    fixture.letRead(stage, StageFixture.DENSE, 1);
    assertEquals(
        List.of(new DenseStage.Forward(first), new DenseStage.Forward(second)),
        above.getAllReceived());
  }

  @Test
  void tellsItsOwnerWhenTheGradientOfAReplicaIsComplete() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.DENSE);
    fixture.letRead(stage, StageFixture.DENSE, 1);
    for (MicroBatchRef microBatch : List.of(first, second)) {
      stage.run(new DenseStage.Forward(microBatch));
    }
    for (MicroBatchRef microBatch : List.of(first, second)) {
      stage.run(new DenseStage.Backward(microBatch));
    }
    stage.run(new DenseStage.WeightGradients(first));
    assertFalse(owner().hasMessages());
    stage.run(new DenseStage.WeightGradients(second));
    assertEquals(List.of(new StageOwner.ReplicaDone(1, 0)), owner().getAllReceived());
    assertEquals(
        List.of(
            new Admission.Passed(first, StageFixture.DENSE),
            new Admission.Passed(second, StageFixture.DENSE)),
        fixture.admission.getAllReceived());
  }

  @Test
  void reportsTheLossOfEachToken() {
    BehaviorTestKit<DenseStage.Command> stage = fixture.stage(StageFixture.EMBEDDING);
    fixture.letRead(stage, StageFixture.EMBEDDING, 1);
    stage.run(new DenseStage.Head(second));
    StepEvent.Losses losses = (StepEvent.Losses) fixture.coordinator.receiveMessage();
    assertEquals(1, losses.index());
    assertEquals(3, losses.losses().values().length);
  }

  private TestInbox<StageOwner.Command> owner() {
    return fixture.owners.get(StageFixture.DENSE);
  }

  private TestInbox<DenseStage.Command> up() {
    return fixture.stages.get(StageFixture.OUTPUT);
  }
}
