package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.actors.WatchedActor;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.Strays;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Receive;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TensorTransport.Sent;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.BatchPart;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A {@link DeviceScheduler} among probes. Experts 0 and 1 of block 1 compute in every step that is
 * planned, experts 2 and 3 in none. The clock stands still until a test moves it.
 */
final class SchedulerFixture implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Decoder DECODER =
      new Decoder(
          new DecoderShape(
              4,
              4,
              new DecoderShape.Sizes(4, 1, 4),
              new DecoderShape.Stack(1, 1, false),
              new DecoderShape.Experts(2, 2)));
  private static final RouteTable ROUTES =
      RouteTable.of(new short[][] {{0, 0, 0, 1}, {2, 3, 3, 3}}, 2);

  final ActorTestKit kit = ActorTestKit.create();
  final TestProbe<TensorTransport.Command> transport = kit.createTestProbe();
  final TestProbe<ParameterStore.Command> store = kit.createTestProbe();
  final TestProbe<Expert.Command> experts = kit.createTestProbe();
  final TestProbe<Long> closed = kit.createTestProbe();
  final AtomicLong clockNanos = new AtomicLong();
  final Strays strays = new Strays();
  final Device device;
  final WatchedActor<DeviceScheduler.Command> scheduler;
  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final ActorRef<ParameterStore.Applied> applied;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of references, read only by index
  SchedulerFixture(int slots, int lookahead) {
    device =
        new Device(
            DECODER,
            ElementType.FLOAT32,
            ResidencyFixture.rules(0, 0),
            null,
            new DeviceBuffers(List.of(), slots, 3, memory),
            DevicePlace.alone(1),
            FaultPlan.none());
    ActorRef<Expert.Command>[] refs = new ActorRef[DECODER.owners().size()];
    for (int expert = 0; expert < 4; expert++) {
      refs[DECODER.ownerOf(2, expert)] = experts.getRef();
    }
    Peers peers = new Peers(null, new Incarnation(1, strays));
    peers.introduce(new ActorRef[0], refs);
    peers.introduce(null, null, transport.getRef());
    peers.connect(
        new Directory(
            Placement.first(DECODER, 1, Members.alone()),
            null,
            List.of(),
            List.of(new Directory.OfHost(0, store.getRef()))));
    TestProbe<ActorRef<ParameterStore.Applied>> appliedTo = kit.createTestProbe();
    scheduler =
        new WatchedActor<>(
            kit,
            DeviceScheduler.create(
                device,
                peers,
                new DeviceScheduler.Start(
                    lookahead,
                    new TensorExchange.Endpoint(0, 0, 1, new BufferLoans(), transport.getRef()),
                    appliedTo.getRef()),
                clockNanos::get));
    applied = appliedTo.receiveMessage();
  }

  static ResidencyKey key(int expert, long step) {
    return new ResidencyKey(DECODER.ownerOf(2, expert), step);
  }

  void lookahead(long step) {
    MicroBatch microBatch =
        new MicroBatch(
            new int[] {0, 1, 3},
            new int[] {1, 3, -1},
            new int[] {0, 1, 2},
            new int[] {0, 0, 0},
            new int[] {0, 3});
    Batch batch = Batch.ofStep(step, List.of(microBatch), 1, List.of(ROUTES), BatchOrigin.NONE);
    if (!device.hasPart(step)) {
      device.take(BatchPart.whole(batch));
    }
    scheduler.tell(new DeviceScheduler.Lookahead(step));
  }

  void need(int expert, long step) {
    scheduler.tell(new DeviceScheduler.Need(key(expert, step)));
  }

  void used(int expert, long step) {
    scheduler.tell(new DeviceScheduler.Used(key(expert, step), false));
  }

  void yielded(int expert, long step, long startedBits) {
    scheduler.tell(new DeviceScheduler.Yielded(key(expert, step), startedBits));
  }

  void finished(int expert, long step) {
    scheduler.tell(new DeviceScheduler.Finished(key(expert, step), 1));
  }

  void close(long step) {
    scheduler.tell(new DeviceScheduler.Close(step, closed.getRef()));
  }

  void expectClosed(long step) {
    assertEquals(step, closed.receiveMessage(PATIENCE));
  }

  /** Expects a request to the store for the weights as of a step. */
  void expectFetch(int expert, long asOf) {
    var fetch = assertInstanceOf(ParameterStore.Fetch.class, store.receiveMessage(PATIENCE));
    assertEquals(key(expert, 0).owner(), fetch.owner());
    assertEquals(asOf, fetch.asOf());
  }

  <T extends ParameterStore.Command> T expectAtStore(Class<T> type) {
    return assertInstanceOf(type, store.receiveMessage(PATIENCE));
  }

  Receive expectReceive() {
    return assertInstanceOf(Receive.class, transport.receiveMessage(PATIENCE));
  }

  /** Expects a request to receive, and answers it: the tensor arrives. */
  Receive arrive() {
    Receive receive = expectReceive();
    receive.replyTo().tell(new Arrived(receive.tensor(), 0));
    return receive;
  }

  Send expectSend() {
    return assertInstanceOf(Send.class, transport.receiveMessage(PATIENCE));
  }

  /** Expects a request to send, and answers it: the tensor is sent. */
  Send sent() {
    Send send = expectSend();
    send.replyTo().tell(new Sent(send.tensor()));
    return send;
  }

  /** An expert that is needed is fetched and gets its lease. */
  void bring(int expert, long step, long asOf) {
    need(expert, step);
    expectFetch(expert, asOf);
    arrive();
    expectLease(step);
  }

  Expert.Lease expectLease(long step) {
    var lease = assertInstanceOf(Expert.Lease.class, experts.receiveMessage(PATIENCE));
    assertEquals(step, lease.step());
    return lease;
  }

  void expectRevoke(long step) {
    assertEquals(new Expert.Revoke(step), experts.receiveMessage(PATIENCE));
  }

  /** An expert finishes, and its gradient gets to the store. */
  void finishAndSend(int expert, long step) {
    finished(expert, step);
    ParameterStore.TakeGradient take = expectGradient();
    ready(take);
    sent();
  }

  /** Expects the announcement of a gradient. */
  ParameterStore.TakeGradient expectGradient() {
    return expectAtStore(ParameterStore.TakeGradient.class);
  }

  /** The store is ready for a gradient. */
  static void ready(ParameterStore.TakeGradient take) {
    take.readyTo().tell(new ParameterStore.Ready(take.gradient()));
  }

  void applied(int expert, long step) {
    applied(1, expert, step);
  }

  void applied(long incarnation, int expert, long step) {
    applied.tell(new ParameterStore.Applied(incarnation, key(expert, step).owner(), step));
  }

  /** Expects no action from the messages so far: the next fetch is that of an evaluation. */
  void expectNothingMore() {
    lookahead(-5);
    need(0, -5);
    expectFetch(0, Long.MAX_VALUE);
    expectReceive();
    experts.expectNoMessage(Duration.ZERO);
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    memory.close();
  }
}
