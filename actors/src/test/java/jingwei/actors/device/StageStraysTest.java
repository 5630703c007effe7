package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferId;
import jingwei.model.memory.ElementType;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Foreign, late and doubled messages between a stage's owner and its copies change nothing. */
class StageStraysTest {
  private static final int STAGE = StageFixture.DENSE;

  private final StageFixture fixture = new StageFixture();
  private final BehaviorTestKit<StageOwner.Command> owner = fixture.owner(STAGE);
  private final TestInbox<StageUpdater.Command> updater = owner.childInbox("updater");
  private final TestInbox<DenseStage.Command> copy = TestInbox.create("copy");

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void ignoresRequestsOfAnotherIncarnation() {
    owner.run(new StageOwner.SendWeights(1, tensor(2, 1)));
    owner.run(new StageOwner.TakeReplica(1, 0, tensor(2, 2), copy.getRef()));
    owner.run(new StageOwner.Decide(2, decision(1)));
    assertIdle();
    assertEquals(new StrayCounts(3, 0, 0), fixture.strays.counts());
    runAStep(1);
  }

  @Test
  void ignoresDoubledRequests() {
    TensorRef weights = tensor(1, 1);
    owner.run(new StageOwner.SendWeights(1, weights));
    assertInstanceOf(TensorTransport.Send.class, fixture.transport.receiveMessage());
    owner.run(new StageOwner.SendWeights(1, weights));
    assertIdle();
    TensorRef gradient = tensor(1, 2);
    owner.run(new StageOwner.TakeReplica(1, 0, gradient, copy.getRef()));
    assertInstanceOf(TensorTransport.Receive.class, fixture.transport.receiveMessage());
    assertEquals(List.of(new DenseStage.Ready(gradient)), copy.getAllReceived());
    owner.run(new StageOwner.TakeReplica(1, 0, gradient, copy.getRef()));
    owner.run(new StageOwner.TakeReplica(1, 0, tensor(1, 3), copy.getRef()));
    assertIdle();
    owner.run(new StageOwner.Decide(1, decision(1)));
    owner.run(new StageOwner.Decide(1, decision(1)));
    assertIdle();
    assertEquals(new StrayCounts(0, 0, 4), fixture.strays.counts());
  }

  @Test
  void ignoresRequestsAboutAStepThatIsOver() {
    runAStep(1);
    owner.run(new StageOwner.SendWeights(1, tensor(1, 5)));
    owner.run(new StageOwner.TakeReplica(1, 0, tensor(1, 6), copy.getRef()));
    owner.run(new StageOwner.Decide(1, decision(1)));
    owner.run(new StageOwner.SendWeights(2, tensor(1, 4)));
    assertIdle();
    assertEquals(new StrayCounts(0, 4, 0), fixture.strays.counts());
    runAStep(2);
  }

  @Test
  void failsIfAReplicaIsAnnouncedThatDoesNotExist() {
    for (int replica : new int[] {-1, 1, Integer.MAX_VALUE}) {
      StageOwner.TakeReplica take =
          new StageOwner.TakeReplica(1, replica, tensor(1, replica + 3L), copy.getRef());
      String text = assertThrows(IllegalStateException.class, () -> owner.run(take)).getMessage();
      assertTrue(text.contains("replica " + replica), text);
    }
    assertIdle();
  }

  /** A copy sends a gradient once, when the owner of the same incarnation waits for it. */
  @Test
  void sendsAGradientOnce() {
    CopiedWeights[] weights = new CopiedWeights[1];
    BehaviorTestKit<DenseStage.Command> stage = fixture.copied(STAGE, weights);
    weights[0].replicaIsDone(1, 0);
    StageOwner.TakeReplica take =
        (StageOwner.TakeReplica) fixture.owners.get(STAGE).receiveMessage();
    TensorRef gradient = take.gradient();
    stage.run(
        new DenseStage.Ready(
            new TensorRef(
                gradient.transfer(),
                2,
                gradient.name(),
                gradient.version(),
                gradient.elements(),
                gradient.type())));
    assertIdle();
    stage.run(new DenseStage.Ready(gradient));
    assertEquals(
        gradient,
        assertInstanceOf(TensorTransport.Send.class, fixture.transport.receiveMessage()).tensor());
    stage.run(new DenseStage.Ready(gradient));
    assertIdle();
    assertEquals(new StrayCounts(1, 0, 1), fixture.strays.counts());
  }

  private void runAStep(long step) {
    owner.run(new StageOwner.ReplicaDone(step, 0));
    owner.run(new StageOwner.Joined(step, 4));
    owner.run(new StageOwner.Decide(1, decision(step)));
    assertEquals(
        List.of(new StageUpdater.Join(step), new StageUpdater.Apply(decision(step), 4)),
        updater.getAllReceived());
    owner.run(new StageOwner.Applied(step));
    assertEquals(2, fixture.coordinator.getAllReceived().size());
  }

  private void assertIdle() {
    assertFalse(updater.hasMessages());
    assertFalse(copy.hasMessages());
    assertFalse(fixture.transport.hasMessages());
    assertFalse(fixture.coordinator.hasMessages());
  }

  private TensorRef tensor(long incarnation, long sequence) {
    long elements = fixture.device.decoder().stages().get(STAGE).owner().layout().length();
    return new TensorRef(
        new TransferId(7, 1, sequence), incarnation, "tensor", 1, elements, ElementType.FLOAT32);
  }

  private static StepDecision decision(long step) {
    return new StepDecision(step, false, step, 1e-3, 1, 0);
  }
}
