package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.node.NodeResources;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes in one JVM share nothing that can change: what works here works in several processes. */
@Timeout(60)
class SharedNothingTest {
  private static final int DEVICES = 2;
  private static final int HOSTS = 2;
  private static final List<Long> HELD = new ArrayList<>();

  @Test
  void noObjectThatCanChangeIsReachedFromTwoNodes() {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 4),
            TinySession.batches(DEVICES, 0),
            TinySession.rules(Clip.GLOBAL, DEVICES, 0, 0));
    FaultPlan faults = new FaultPlan(List.of(new FaultPlan.Fault("store", 99)), Duration.ZERO);
    try (ActorTrainer trainer =
        session.trainer(
            TinySession.settings(1, 2, Local.AERON),
            new NodeSettings(DEVICES, HOSTS),
            NodeResources.Hardware.cpu(Long.MAX_VALUE, Long.MAX_VALUE),
            faults)) {
      trainer.run(2, (batch, result, reads, activity) -> {}, () -> false);
      List<ActorSystem<?>> systems = ActorInstances.systems(trainer);
      assertEquals(DEVICES + HOSTS, systems.size());
      List<ReachedObjects> nodes =
          systems.stream().map(system -> ReachedObjects.from(ActorInstances.of(system))).toList();
      assertEquals(List.of(), shared(nodes));
      for (ReachedObjects node : nodes) {
        for (Class<?> type :
            List.of(
                NodeGuardian.class,
                NativeMemory.class,
                WorkerPool.class,
                Progress.class,
                BufferLoans.class,
                FaultPlan.class)) {
          assertTrue(node.has(type), "the search does not come to " + type);
        }
      }
      assertEquals(1, nodes.stream().filter(node -> node.has(BatchTable.class)).count());
    }
  }

  /** An actor that holds what two nodes share. */
  private static final class Sharing extends AbstractBehavior<CountDownLatch> {
    private final Object held;

    private Sharing(ActorContext<CountDownLatch> context, Object held) {
      super(context);
      this.held = held;
    }

    /** Timers wrap the behavior. */
    static Behavior<CountDownLatch> create(Object held) {
      return Behaviors.withTimers(timers -> Behaviors.setup(context -> new Sharing(context, held)));
    }

    @Override
    public Receive<CountDownLatch> createReceive() {
      return newReceiveBuilder().onAnyMessage(this::on).build();
    }

    private Behavior<CountDownLatch> on(CountDownLatch seen) {
      seen.countDown();
      return held == null ? Behaviors.stopped() : this;
    }
  }

  @Test
  void whatTwoNodesShareIsFound() throws InterruptedException {
    FaultPlan faults = FaultPlan.none();
    LongConsumer injects = step -> faults.inject("store", step);
    long[] array = {1};
    List<String> found = sharedBy(faults, Map.of("store", faults));
    assertTrue(
        found.contains("jingwei.actors.step.FaultPlan: Sharing.held and Sharing.held.[store]"),
        found.toString());
    found = sharedBy(List.of(injects), new Object[] {faults});
    assertTrue(
        found.stream().anyMatch(text -> text.contains("step.FaultPlan: ")), found.toString());
    assertEquals(
        List.of("[J: Sharing.held.value and Sharing.held"), sharedBy(Optional.of(array), array));
    assertEquals(
        List.of("java.util.ArrayList: Sharing.held.[0] and Sharing.held.[0]"),
        sharedBy(new Object[] {HELD}, List.of(HELD)));
  }

  @Test
  void valuesMayBeShared() throws InterruptedException {
    FaultPlan.Fault fault = new FaultPlan.Fault("store", 1);
    assertEquals(List.of(), sharedBy(fault, fault));
    List<Object> values = List.of(fault, Duration.ZERO, Optional.of("text"), List.of(1, 2));
    assertEquals(List.of(), sharedBy(values, values));
  }

  private static List<String> sharedBy(Object one, Object other) throws InterruptedException {
    List<ActorSystem<CountDownLatch>> systems = new ArrayList<>();
    try {
      for (Object held : List.of(one, other)) {
        systems.add(
            ActorSystem.create(
                Sharing.create(held), "node-" + systems.size(), SystemConfiguration.of(1, false)));
        CountDownLatch seen = new CountDownLatch(1);
        systems.getLast().tell(seen);
        assertTrue(seen.await(30, TimeUnit.SECONDS));
      }
      return shared(
          systems.stream().map(system -> ReachedObjects.from(ActorInstances.of(system))).toList());
    } finally {
      systems.forEach(ActorSystem::terminate);
    }
  }

  private static List<String> shared(List<ReachedObjects> nodes) {
    List<String> shared = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (int j = 0; j < i; j++) {
        shared.addAll(nodes.get(j).sharedWith(nodes.get(i)));
      }
    }
    return shared;
  }
}
