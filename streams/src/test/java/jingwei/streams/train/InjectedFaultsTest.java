package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.TrainerFault;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.optim.AdamSettings.Clip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes inject copies of a plan, and the run knows what they have injected. */
@Timeout(60)
class InjectedFaultsTest {
  private static final int STEPS = 4;
  private static final Fault STORE = new Fault("store", 2);
  private static final Fault BLOCK = new Fault("blocks.1", 3);
  private static final TinySession SESSION =
      new TinySession(
          TinySession.shape(2, 4),
          TinySession.batches(2, 0),
          TinySession.rules(Clip.GLOBAL, 2, 0, 0));

  @Test
  void aFaultThatAnotherNodeHasInjectedIsNotInjectedAgain() {
    FaultPlan faults = new FaultPlan(List.of(STORE, BLOCK), Duration.ZERO);
    TrainerFault fault = assertThrows(TrainerFault.class, () -> run(faults));
    assertEquals(
        "the actor store failed (injected fault at actor=store step=2)", fault.getMessage());
    assertEquals(List.of(BLOCK), faults.pending());
    assertThrows(TrainerFault.class, () -> run(faults));
    assertEquals(List.of(), faults.pending());
    assertEquals(STEPS, run(faults));
  }

  private static long run(FaultPlan faults) {
    try (ActorTrainer trainer =
        SESSION.trainer(
            TinySession.settings(1, 1, Local.AERON),
            new NodeSettings(2, 2),
            NodeResources.Hardware.cpu(Long.MAX_VALUE, Long.MAX_VALUE),
            faults)) {
      return trainer.run(STEPS, (batch, result, reads, activity) -> {}, () -> false);
    }
  }
}
