package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.kernel.WalledBackend;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepResult;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Several nodes, each with an actor system and a transport of its own, train to the same bits. */
@Timeout(120)
class NodesTest {
  private static final int STEPS = 30;

  /** Twelve of all combinations, in which every pair of values occurs. */
  static Stream<Arguments> pairs() {
    return Stream.of(
        Arguments.of(1, 1, 1, Clip.GLOBAL, 0, false),
        Arguments.of(1, 2, 4, Clip.PER_OWNER, 1, true),
        Arguments.of(1, 4, 4, Clip.PREVIOUS_NORM, 0, true),
        Arguments.of(2, 1, 2, Clip.PER_OWNER, 0, true),
        Arguments.of(2, 2, 4, Clip.PREVIOUS_NORM, 0, false),
        Arguments.of(2, 4, 2, Clip.GLOBAL, 1, false),
        Arguments.of(2, 2, 2, Clip.GLOBAL, 0, true),
        Arguments.of(4, 1, 4, Clip.PREVIOUS_NORM, 1, false),
        Arguments.of(4, 2, 4, Clip.GLOBAL, 0, false),
        Arguments.of(4, 4, 4, Clip.PER_OWNER, 0, false),
        Arguments.of(4, 4, 4, Clip.GLOBAL, 1, true),
        Arguments.of(1, 1, 4, Clip.PREVIOUS_NORM, 1, true));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void trainToTheBitsOfTheReferenceTrainer(
      int devices, int hosts, int replicas, Clip clip, int delay, boolean isWalled) {
    compare(devices, hosts, replicas, clip, delay, isWalled);
  }

  /** All combinations. */
  static Stream<Arguments> all() {
    List<Arguments> all = new ArrayList<>();
    for (int devices : new int[] {1, 2, 4}) {
      for (int hosts : new int[] {1, 2, 4}) {
        for (int replicas : devices == 4 ? new int[] {4} : new int[] {devices, 4}) {
          for (Clip clip : Clip.values()) {
            for (int delay : new int[] {0, 1}) {
              all.add(Arguments.of(devices, hosts, replicas, clip, delay, false));
              all.add(Arguments.of(devices, hosts, replicas, clip, delay, true));
            }
          }
        }
      }
    }
    return all.stream();
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("all")
  void trainToTheSameBitsInEveryCombination(
      int devices, int hosts, int replicas, Clip clip, int delay, boolean isWalled) {
    compare(devices, hosts, replicas, clip, delay, isWalled);
  }

  private static void compare(
      int devices, int hosts, int replicas, Clip clip, int delay, boolean isWalled) {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 4),
            TinySession.batches(replicas, 0),
            TinySession.rules(clip, replicas, delay, 0));
    TinySession.Outcome reference = session.throughReference(STEPS);
    List<StepResult> results = new ArrayList<>();
    try (ActorTrainer trainer =
        session.trainer(
            TinySession.settings(1, 2, Local.AERON),
            new NodeSettings(devices, hosts),
            new NodeResources.Hardware(
                Long.MAX_VALUE, Long.MAX_VALUE, isWalled ? WalledBackend::new : CpuBackend::new),
            FaultPlan.none())) {
      trainer.run(STEPS, (batch, result, reads, activity) -> results.add(result), () -> false);
      assertEquals(0, trainer.strays().foreign() + trainer.strays().doubled());
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
    assertEquals(reference.results(), results);
  }
}
