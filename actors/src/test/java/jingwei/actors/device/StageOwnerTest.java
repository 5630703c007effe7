package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import jingwei.actors.step.StepEvent;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferId;
import jingwei.model.memory.ElementType;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages at the owner of a stage, in every order in which they may come. */
class StageOwnerTest {
  private static final int STAGE = StageFixture.DENSE;

  private final StageFixture fixture = new StageFixture();
  private final BehaviorTestKit<StageOwner.Command> owner = fixture.owner(STAGE);
  private final TestInbox<StageUpdater.Command> updater = owner.childInbox("updater");

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void letsAStepReadOnlyWhenThePreviousOneIsApplied() {
    owner.run(new StageOwner.Need(1));
    owner.run(new StageOwner.Need(2));
    assertEquals(List.of(new DenseStage.MayRead(1)), stage().getAllReceived());
    apply(1);
    assertEquals(List.of(new DenseStage.MayRead(2)), stage().getAllReceived());
  }

  /** A decision may come before the gradient is complete, and after it. */
  @Test
  void appliesAStepWhetherDecisionOrGradientComesFirst() {
    owner.run(new StageOwner.Decide(1, decision(1, false)));
    owner.run(new StageOwner.ReplicaDone(1, 0));
    assertEquals(List.of(new StageUpdater.Join(1)), updater.getAllReceived());
    owner.run(new StageOwner.Joined(1, 4));
    assertEquals(List.of(new StageUpdater.Apply(decision(1, false), 4)), updater.getAllReceived());
    owner.run(new StageOwner.Applied(1));
    owner.run(new StageOwner.ReplicaDone(2, 0));
    owner.run(new StageOwner.Joined(2, 9));
    assertEquals(List.of(new StageUpdater.Join(2)), updater.getAllReceived());
    owner.run(new StageOwner.Decide(1, decision(2, false)));
    assertEquals(List.of(new StageUpdater.Apply(decision(2, false), 9)), updater.getAllReceived());
    int index = 1;
    assertEquals(
        List.of(
            new StepEvent.Measured(1, 1, index, 4, 0),
            new StepEvent.Updated(1, 1, index, 0),
            new StepEvent.Measured(1, 2, index, 9, 1)),
        fixture.coordinator.getAllReceived());
  }

  @Test
  void doesNotComputeForARefusedStep() {
    owner.run(new StageOwner.ReplicaDone(1, 0));
    owner.run(new StageOwner.Joined(1, 4));
    updater.getAllReceived();
    owner.run(new StageOwner.Decide(1, decision(1, true)));
    assertFalse(updater.hasMessages());
    assertEquals(new StepEvent.Updated(1, 1, 1, 0), fixture.coordinator.getAllReceived().getLast());
    owner.run(new StageOwner.Need(2));
    assertEquals(List.of(new DenseStage.MayRead(2)), stage().getAllReceived());
  }

  /** The weights change in place, so they must not be on their way meanwhile. */
  @Test
  void appliesNothingWhileItSendsItsWeights() {
    TensorRef weights = tensor("weights");
    owner.run(new StageOwner.SendWeights(1, weights));
    TensorTransport.Send send =
        assertInstanceOf(TensorTransport.Send.class, fixture.transport.receiveMessage());
    assertEquals(7, send.to());
    owner.run(new StageOwner.Decide(1, decision(1, false)));
    owner.run(new StageOwner.ReplicaDone(1, 0));
    owner.run(new StageOwner.Joined(1, 4));
    assertEquals(List.of(new StageUpdater.Join(1)), updater.getAllReceived());
    send.replyTo().tell(new TensorTransport.Sent(weights));
    owner.runOne();
    assertEquals(List.of(new StageUpdater.Apply(decision(1, false), 4)), updater.getAllReceived());
  }

  @Test
  void waitsForTheGradientOfACopyBeforeTheCopySendsIt() {
    TestInbox<DenseStage.Command> copy = TestInbox.create("copy");
    TensorRef gradient = tensor("gradient");
    owner.run(new StageOwner.TakeReplica(1, 0, gradient, copy.getRef()));
    TensorTransport.Receive receive =
        assertInstanceOf(TensorTransport.Receive.class, fixture.transport.receiveMessage());
    assertEquals(List.of(new DenseStage.Ready(gradient)), copy.getAllReceived());
    assertFalse(updater.hasMessages());
    receive.replyTo().tell(new TensorTransport.Arrived(gradient, 0));
    owner.runOne();
    assertEquals(List.of(new StageUpdater.Join(1)), updater.getAllReceived());
  }

  private void apply(long step) {
    owner.run(new StageOwner.ReplicaDone(step, 0));
    owner.run(new StageOwner.Joined(step, 4));
    owner.run(new StageOwner.Decide(1, decision(step, false)));
    owner.run(new StageOwner.Applied(step));
  }

  private TestInbox<DenseStage.Command> stage() {
    return fixture.stages.get(STAGE);
  }

  private TensorRef tensor(String kind) {
    long elements = fixture.device.decoder().stages().get(STAGE).owner().layout().length();
    return new TensorRef(new TransferId(7, 1, 1), 1, kind, 1, elements, ElementType.FLOAT32);
  }

  private static StepDecision decision(long step, boolean isRefused) {
    return new StepDecision(step, isRefused, step, 1e-3, 1, 0);
  }
}
