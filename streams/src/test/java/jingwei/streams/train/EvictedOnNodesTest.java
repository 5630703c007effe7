package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.device.Device;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.memory.DevicePlan;
import jingwei.actors.memory.DeviceShare;
import jingwei.actors.memory.MemoryNeed;
import jingwei.actors.memory.NodesNeed;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.decoder.Decoder;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.routing.RouteMode;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepResult;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several devices without room for all experts: each keeps partial gradients at the hosts, and all
 * nodes together train to the same bits in the least memory that they need.
 */
@Timeout(120)
class EvictedOnNodesTest {
  private static final int STEPS = 30;
  private static final int SLOTS = 3;

  @ParameterizedTest
  @CsvSource({"2, 1, 4, 0", "2, 2, 4, 1"})
  void devicesThatEvictExpertsTrainToTheSameBits(int devices, int hosts, int replicas, int delay) {
    evict(devices, hosts, replicas, delay);
  }

  @ParameterizedTest
  @Tag("long")
  @CsvSource({"2, 2, 2, 0", "4, 2, 4, 0"})
  void otherDevicesThatEvictExpertsTrainToTheSameBits(
      int devices, int hosts, int replicas, int delay) {
    evict(devices, hosts, replicas, delay);
  }

  private static void evict(int devices, int hosts, int replicas, int delay) {
    TinySession session = session(replicas, delay);
    ActorSettings settings = TinySession.settings(1, 2, Local.AERON);
    NodeSettings nodes = new NodeSettings(devices, hosts);
    long budget = budget(session, settings, nodes);
    NodesNeed need = need(session, settings, nodes, budget);
    EcssCounters ecss = compare(session, settings, nodes, budget, hostBytes(need));
    assertTrue(ecss.residencies().refetches() > 0, ecss.toString());
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 4, 0", "2, 1, 2, 1"})
  void theLeastMemoryIsEnough(int devices, int hosts, int replicas, int delay) {
    useTheLeast(devices, hosts, replicas, delay);
  }

  @Test
  @Tag("long")
  void theLeastMemoryIsEnoughForOneDevice() {
    useTheLeast(1, 2, 2, 0);
  }

  private static void useTheLeast(int devices, int hosts, int replicas, int delay) {
    TinySession session = session(replicas, delay);
    ActorSettings settings = TinySession.settings(1, 1, Local.AERON);
    NodeSettings nodes = new NodeSettings(devices, hosts);
    NodesNeed need = need(session, settings, nodes, 0);
    long least = need.devices().stream().mapToLong(MemoryNeed::deviceBytes).max().orElseThrow();
    compare(session, settings, nodes, least, hostBytes(need));
  }

  /** A host needs room for partial gradients only if a device evicts. */
  @Test
  void hostsNeedLessIfNoExpertIsEvicted() {
    TinySession session = session(2, 0);
    ActorSettings settings = TinySession.settings(1, 1, Local.AERON);
    NodeSettings nodes = new NodeSettings(2, 2);
    NodesNeed roomy = need(session, settings, nodes, Long.MAX_VALUE);
    long one = NativeMemory.rounded(new Decoder(session.shape).expertLayout().length() * 4);
    long ofEachHost = session.shape.routedBlocks() * (session.shape.expertsPerBlock() / 2L);
    assertEquals(
        2 * ofEachHost * one, hostBytes(need(session, settings, nodes, 0)) - hostBytes(roomy));
    compare(session, settings, nodes, Long.MAX_VALUE, hostBytes(roomy));
  }

  private static EcssCounters compare(
      TinySession session,
      ActorSettings settings,
      NodeSettings nodes,
      long deviceBytes,
      long hostBytes) {
    TinySession.Outcome reference = session.throughReference(STEPS);
    List<StepResult> results = new ArrayList<>();
    List<EcssCounters> ecss = new ArrayList<>();
    try (ActorTrainer trainer =
        session.trainer(
            settings,
            nodes,
            NodeResources.Hardware.cpu(deviceBytes, hostBytes),
            FaultPlan.none())) {
      trainer.run(
          STEPS,
          (batch, result, reads, activity) -> {
            results.add(result);
            ecss.add(activity.ecss());
          },
          () -> false);
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
    assertEquals(reference.results(), results);
    return ecss.getLast();
  }

  private static TinySession session(int replicas, int delay) {
    return new TinySession(
        TinySession.shape(2, 4),
        TinySession.batches(replicas, 0),
        TinySession.rules(Clip.GLOBAL, replicas, delay, 0));
  }

  private static NodesNeed need(
      TinySession session, ActorSettings settings, NodeSettings nodes, long deviceBudget) {
    Decoder decoder = new Decoder(session.shape);
    return NodesNeed.of(
        decoder,
        ElementType.FLOAT32,
        session.rules,
        settings,
        session.batches,
        Placement.first(decoder, session.rules.replicas(), nodes.members()),
        deviceBudget);
  }

  private static long hostBytes(NodesNeed need) {
    return need.hosts().stream().mapToLong(MemoryNeed::hostBytes).max().orElseThrow();
  }

  /** Device bytes for three slots on the device that needs most. */
  private static long budget(TinySession session, ActorSettings settings, NodeSettings nodes) {
    Decoder decoder = new Decoder(session.shape);
    Placement placement = Placement.first(decoder, session.rules.replicas(), nodes.members());
    long most = 0;
    for (int device : placement.members().devices()) {
      try (NativeMemory memory = new NativeMemory("device", 1L << 32)) {
        DevicePlan plan =
            DevicePlan.of(
                new RunPlan(
                    new ModelPlan(
                        session.shape,
                        ElementType.FLOAT32,
                        ModelState.drawRoutes(session.shape, RouteMode.PERMUTE, 1, null),
                        new InitialWeights(1)),
                    session.rules,
                    session.batches,
                    settings),
                DeviceShare.of(decoder, placement, device),
                settings,
                new CpuBackend(),
                memory,
                new Progress(),
                () -> {});
        long slot =
            Device.slotBytes(decoder, placement.replicasOf(device).size(), ElementType.FLOAT32);
        most = Math.max(most, memory.usedBytes() + plan.reservedBytes() + SLOTS * slot);
      }
    }
    return most;
  }
}
