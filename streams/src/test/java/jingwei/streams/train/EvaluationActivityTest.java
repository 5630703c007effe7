package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.Activity;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.MicroBatch;
import jingwei.model.optim.AdamSettings.Clip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EvaluationActivityTest {
  /** The counters go on from those of all devices, though one of them has nothing to evaluate. */
  @Test
  void countsTheDevicesWithoutAMicroBatch() {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 4),
            TinySession.batches(2, 0),
            TinySession.rules(Clip.GLOBAL, 2, 0, 0));
    List<MicroBatch> one = session.stream().next().microBatches().subList(0, 1);
    try (ActorTrainer trainer =
        session.trainer(
            TinySession.settings(1, 1, Local.AERON),
            new NodeSettings(2, 1),
            NodeResources.Hardware.cpu(Long.MAX_VALUE, Long.MAX_VALUE),
            FaultPlan.none())) {
      trainer.run(2, (batch, result, reads, activity) -> {}, () -> false);
      Activity before = trainer.activity();
      assertTrue(trainer.evaluate(one, () -> false).isPresent());
      Activity after = trainer.activity();
      assertEquals(2, after.workers());
      assertTrue(after.memory().deviceBytes() >= before.memory().deviceBytes());
      assertTrue(after.workerBusyNanos() >= before.workerBusyNanos());
      assertTrue(after.ecss().residencies().misses() >= before.ecss().residencies().misses());
    }
  }
}
