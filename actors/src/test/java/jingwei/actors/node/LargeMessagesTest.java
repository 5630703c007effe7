package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jingwei.actors.device.Admission;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.BatchPart;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guardians and admissions of other nodes take messages that are larger than a frame. */
class LargeMessagesTest {
  private static final int FRAME_BYTES = 1 << 20;
  private static final int VOCABULARY = 400_000;
  private static final int DOMAINS = 2;
  private static final int PER_DOMAIN = 3;
  private static final DecoderShape SHAPE =
      new DecoderShape(
          VOCABULARY,
          8,
          new DecoderShape.Sizes(8, 2, 16),
          new DecoderShape.Stack(1, 2, true),
          new DecoderShape.Experts(DOMAINS, PER_DOMAIN));

  private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<ActorRef<Admission.Command>> admissions = new LinkedBlockingQueue<>();
  private final ActorTestKit here = ActorTestKit.create("here", SystemConfiguration.of(1, true));
  private final ActorSystem<NodeGuardian.Command> there =
      ActorSystem.create(node(), "there", SystemConfiguration.of(1, true));

  @AfterEach
  void end() throws Exception {
    here.shutdownTestKit();
    there.terminate();
    there.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** Stands for a node: its guardian, and an admission as {@link DeviceActors} names it. */
  private Behavior<NodeGuardian.Command> node() {
    return Behaviors.setup(
        context -> {
          Behavior<Admission.Command> takes = Behaviors.receiveMessage(this::take);
          admissions.add(context.spawn(takes, Admission.NAME));
          return Behaviors.receiveMessage(this::take);
        });
  }

  private <T> Behavior<T> take(T message) {
    received.add(message);
    return Behaviors.same();
  }

  @Test
  void anAdmissionGetsTheLargePartOfABatch() throws Exception {
    BatchPart part = part(200_000);
    Admission.Take take = new Admission.Take(1, part);
    assertTrue(bytes(take) > FRAME_BYTES);
    remote(admissions.poll(30, TimeUnit.SECONDS)).tell(take);
    Admission.Take taken =
        assertInstanceOf(Admission.Take.class, received.poll(30, TimeUnit.SECONDS));
    assertArrayEquals(part.microBatch(0).tokens(), taken.part().microBatch(0).tokens());
  }

  @Test
  void aGuardianGetsThePlanOfALargeVocabulary() throws Exception {
    NodeGuardian.Start start =
        new NodeGuardian.Start(
            1,
            plan(),
            Placement.first(new Decoder(SHAPE), 1, Members.of(1, 1)),
            0,
            here.<NodeGuardian.Reply>createTestProbe().ref());
    assertTrue(bytes(start) > FRAME_BYTES);
    remote(there).tell(start);
    NodeGuardian.Start got =
        assertInstanceOf(NodeGuardian.Start.class, received.poll(30, TimeUnit.SECONDS));
    for (int layer = 0; layer < SHAPE.routedBlocks(); layer++) {
      assertArrayEquals(
          start.plan().model().routes().get(layer).expertsOf(1),
          got.plan().model().routes().get(layer).expertsOf(1));
    }
    assertEquals(start.placement(), got.placement());
  }

  /** The same actor, as this node sees it. */
  private <T> ActorRef<T> remote(ActorRef<T> actor) {
    return ActorRefResolver.get(here.system())
        .resolveActorRef(ActorRefResolver.get(there).toSerializationFormat(actor));
  }

  private int bytes(Object message) {
    return SerializationExtension.get(Adapter.toClassic(here.system()))
        .serialize(message)
        .get()
        .length;
  }

  private static BatchPart part(int tokens) {
    int[] numbers = IntStream.range(0, tokens).toArray();
    MicroBatch one =
        new MicroBatch(numbers, numbers, numbers, new int[tokens], new int[] {0, tokens});
    return BatchPart.whole(Batch.ofStep(1, List.of(one), 1, tables(), BatchOrigin.NONE));
  }

  private static RunPlan plan() {
    return new RunPlan(
        new ModelPlan(SHAPE, ElementType.FLOAT32, tables(), new InitialWeights(1)),
        TestSettings.rules(TestSettings.adam(), 1, 0, 0),
        new BatchSettings(1, 1, 1, 8, 0, BatchSettings.equalWeights(DOMAINS)),
        new ActorSettings(1, 0, false, 0, Duration.ofSeconds(30), TransportSettings.defaults()));
  }

  private static List<RouteTable> tables() {
    return IntStream.range(0, SHAPE.routedBlocks())
        .mapToObj(
            layer ->
                RouteTable.draw(RouteMode.PERMUTE, 1, layer, DOMAINS, PER_DOMAIN, VOCABULARY, null))
        .toList();
  }
}
