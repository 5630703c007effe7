package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.kernel.WalledBackend;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepResult;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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
        Arguments.of(1, 1, 4, Clip.GLOBAL, 1, true));
  }

  @Test
  void everyPairOfValuesOccurs() {
    assertEquals(Set.of(), missing(all(), pairs()));
    assertNotEquals(Set.of(), missing(all(), pairs().skip(1)));
    for (Clip clip : Clip.values()) {
      assertTrue(
          pairs().map(Arguments::get).anyMatch(v -> v[3] == clip && (int) v[2] > (int) v[0]),
          "a device has one replica with clip = " + clip);
    }
  }

  private static Set<String> missing(Stream<Arguments> all, Stream<Arguments> some) {
    Set<String> missing = pairsOf(all);
    missing.removeAll(pairsOf(some));
    return missing;
  }

  /** Replicas are as many as devices, or four; with four devices that is the same. */
  private static Set<String> pairsOf(Stream<Arguments> combinations) {
    Set<String> pairs = new TreeSet<>();
    combinations
        .map(Arguments::get)
        .forEach(
            values -> {
              for (String replicas : List.of("each", "four")) {
                if ((int) values[2] == (replicas.equals("four") ? 4 : (int) values[0])) {
                  Object[] named = values.clone();
                  named[2] = replicas;
                  for (int i = 0; i < named.length; i++) {
                    for (int j = 0; j < i; j++) {
                      pairs.add(j + "=" + named[j] + " " + i + "=" + named[i]);
                    }
                  }
                }
              }
            });
    return pairs;
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

  /** With four replicas, a step has one domain, so an expert gets gradients of all four. */
  private static void compare(
      int devices, int hosts, int replicas, Clip clip, int delay, boolean isWalled) {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 4),
            TinySession.batches(replicas, replicas == 4 ? 1 : 0),
            TinySession.rules(clip, replicas, delay, 0));
    TinySession.Outcome reference = session.throughReference(STEPS);
    List<StepResult> results = new ArrayList<>();
    List<NodeResources> nodes;
    try (ActorTrainer trainer =
        session.trainer(
            TinySession.settings(1, 2, Local.AERON),
            new NodeSettings(devices, hosts),
            new NodeResources.Hardware(
                Long.MAX_VALUE, Long.MAX_VALUE, isWalled ? WalledBackend::new : CpuBackend::new),
            FaultPlan.none())) {
      trainer.run(STEPS, (batch, result, reads, activity) -> results.add(result), () -> false);
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(trainer.states()));
      nodes = ActorInstances.nodesOf(trainer);
    }
    assertEquals(reference.results(), results);
    assertNoStrays(devices + hosts, nodes);
  }

  /**
   * Counted after all nodes have ended. Only the coordinator may count late messages: a device
   * answers where a micro-batch is, and the step may be over by then.
   */
  private static void assertNoStrays(int numNodes, List<NodeResources> nodes) {
    assertEquals(numNodes, nodes.size());
    for (NodeResources node : nodes) {
      StrayCounts counts = node.strays().counts();
      long late = node.number() == 0 ? counts.late() : 0;
      assertEquals(new StrayCounts(0, late, 0), counts, "node " + node.number());
    }
  }
}
