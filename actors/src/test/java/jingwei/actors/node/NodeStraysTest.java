package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.List;
import jingwei.actors.device.Directory;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TransportPeers;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;
import org.apache.pekko.actor.testkit.typed.Effect;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.PostStop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Foreign, late and doubled messages change nothing on a node, here a host, and are counted. */
class NodeStraysTest {
  private static final DecoderShape SHAPE =
      new DecoderShape(
          4,
          4,
          new DecoderShape.Sizes(4, 1, 4),
          new DecoderShape.Stack(1, 1, false),
          new DecoderShape.Experts(1, 2));
  private static final Placement PLACEMENT =
      Placement.first(new Decoder(SHAPE), 1, Members.of(1, 1));

  private final NodeResources resources =
      new NodeResources(
          0,
          1,
          NodeResources.Hardware.cpu(Long.MAX_VALUE, Long.MAX_VALUE),
          new TransportPeers.Alone(),
          new BufferLoans(),
          NodeResources.Counters.of(new Progress()),
          FaultPlan.none());
  private final TestInbox<NodeGuardian.Reply> session = TestInbox.create("session");
  private final BehaviorTestKit<NodeGuardian.Command> node =
      BehaviorTestKit.create(NodeGuardian.create(resources));

  @AfterEach
  void close() {
    node.signal(PostStop.instance());
  }

  @Test
  void startsOnce() {
    node.run(new NodeGuardian.Connect(1, directory()));
    assertFalse(session.hasMessages());
    assertEquals(new StrayCounts(1, 0, 0), counts());
    node.run(start(1));
    assertEquals(new NodeGuardian.From(0, 1, 1), session.receiveMessage().from());
    node.run(start(1));
    node.run(start(2));
    assertFalse(session.hasMessages());
    assertEquals(new StrayCounts(2, 0, 1), counts());
  }

  @Test
  void connectsOnce() {
    node.run(start(1));
    session.getAllReceived();
    node.run(new NodeGuardian.Connect(2, directory()));
    assertFalse(session.hasMessages());
    node.run(new NodeGuardian.Connect(1, directory()));
    assertInstanceOf(NodeGuardian.Connected.class, session.getAllReceived().getLast());
    node.run(new NodeGuardian.Connect(1, directory()));
    assertFalse(session.hasMessages());
    TestInbox<ParameterStore.Command> store = node.childInbox("store");
    assertEquals(1, store.getAllReceived().size());
    assertEquals(new StrayCounts(1, 0, 1), counts());
  }

  @Test
  void countsTheProgressOfOthersOnce() {
    node.run(start(1));
    long before = resources.progress().count();
    for (long number : new long[] {1, 1, 2, 1}) {
      node.run(new NodeGuardian.OthersProgress(1, number));
    }
    node.run(new NodeGuardian.OthersProgress(2, 3));
    assertEquals(2, resources.progress().count() - before);
    assertEquals(new StrayCounts(1, 1, 1), counts());
  }

  /** So that a start may take longer than a deadline while memory is zeroed. */
  @Test
  void countsTheMemoryOfAWorkerAsProgress() {
    node.run(start(1));
    assertEquals(1, resources.progress().count());
  }

  @Test
  void reportsStraysWhenTheirNumberChanges() {
    node.run(start(1));
    NodeGuardian.Command tick = tick();
    session.getAllReceived();
    node.run(tick);
    assertFalse(session.hasMessages());
    node.run(start(2));
    node.run(tick);
    node.run(tick);
    assertEquals(
        List.of(
            new NodeGuardian.StrayMessages(
                new NodeGuardian.From(0, 1, 2), new StrayCounts(1, 0, 0))),
        session.getAllReceived());
  }

  /** What the timer of the node sends. */
  private NodeGuardian.Command tick() {
    for (Effect effect : node.getAllEffects()) {
      if (effect instanceof Effect.TimerScheduled<?> timer) {
        return (NodeGuardian.Command) timer.msg();
      }
    }
    throw new IllegalStateException("no timer runs");
  }

  private StrayCounts counts() {
    return resources.strays().counts();
  }

  private NodeGuardian.Start start(long incarnation) {
    RunPlan plan =
        new RunPlan(
            new ModelPlan(
                SHAPE,
                ElementType.FLOAT32,
                List.of(RouteTable.draw(RouteMode.PERMUTE, 1, 0, 1, 2, 4, null)),
                new InitialWeights(1)),
            TestSettings.rules(TestSettings.adam(), 1, 0, 0),
            new BatchSettings(1, 1, 1, 4, 0, BatchSettings.equalWeights(1)),
            new ActorSettings(
                1, 0, false, 1, Duration.ofSeconds(60), TransportSettings.defaults()));
    return new NodeGuardian.Start(incarnation, plan, PLACEMENT, 0, session.getRef());
  }

  private static Directory directory() {
    return new Directory(
        PLACEMENT, TestInbox.<StepEvent>create("coordinator").getRef(), List.of(), List.of());
  }
}
