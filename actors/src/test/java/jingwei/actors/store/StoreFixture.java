package jingwei.actors.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.actors.WatchedActor;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.Strays;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.LentBytes;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Receive;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TransferNumbers;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.TestSettings;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.InitialWeights;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * A {@link ParameterStore} between probes of the transport and of the actors that it reports to.
 */
final class StoreFixture implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Decoder DECODER =
      new Decoder(
          new DecoderShape(
              4,
              4,
              new DecoderShape.Sizes(4, 1, 4),
              new DecoderShape.Stack(1, 1, false),
              new DecoderShape.Experts(2, 2)));

  /** Owner index of the first expert. */
  static final int EXPERT = DECODER.ownerOf(2, 0);

  /** Of initial weights. */
  static final long SEED = 7;

  final ActorTestKit kit = ActorTestKit.create();

  /** Stands for the transport and for the announcer of tensors, so that a test sees the order. */
  final TestProbe<Object> transport = kit.createTestProbe();

  /** Stands for both scheduler and coordinator, so that a test sees the order of reports. */
  final TestProbe<Object> reports = kit.createTestProbe();

  final Strays strays = new Strays();
  final WatchedActor<ParameterStore.Command> store;
  private final NativeMemory memory = NativeMemory.unbounded("test");

  /** Of experts and gradients. */
  final NativeMemory expertMemory;

  final StoreTable table;

  private final TransferNumbers transfers = new TransferNumbers(3, 0);
  private final BufferLoans loans = new BufferLoans();

  /**
   * @param delay injected before an update
   */
  StoreFixture(Duration delay) {
    this(delay, 1);
  }

  /**
   * @param replicas of the run
   */
  StoreFixture(Duration delay, int replicas) {
    this(delay, replicas, true, Long.MAX_VALUE);
  }

  /**
   * @param haveState whether the experts have memory from the start
   * @param expertBytes of the memory for experts and gradients
   */
  StoreFixture(Duration delay, int replicas, boolean haveState, long expertBytes) {
    expertMemory = new NativeMemory("host", expertBytes);
    ElementType type = ElementType.FLOAT32;
    List<Integer> experts =
        IntStream.range(0, 4).mapToObj(expert -> DECODER.ownerOf(2, expert)).toList();
    table = new StoreTable(DECODER, experts, type, new InitialWeights(SEED), expertMemory);
    if (haveState) {
      experts.forEach(owner -> table.stateToFill(table.expert(owner, 0)));
    }
    Workspace workspace = new Workspace(DECODER, new VectorKernels(memory), type, 4, memory);
    FaultPlan faults = new FaultPlan(List.of(), delay);
    store =
        new WatchedActor<>(
            kit,
            ParameterStore.create(
                new ParameterStore.Dependencies(
                    table,
                    TestSettings.rules(TestSettings.adam(), replicas, 0, 0),
                    faults,
                    new WorkerPool(List.of(workspace), new Progress()),
                    DispatcherSelector.defaultDispatcher(),
                    new TensorExchange.Endpoint(0, 0, 1, loans, transport.getRef().narrow()),
                    new Incarnation(1, strays))));
    store.tell(
        new ParameterStore.Connect(
            1, reports.getRef().narrow(), List.of(reports.getRef().narrow())));
  }

  /** The sums of several replicas. */
  TensorRef takeGradient(long step, GradientShare share) {
    TensorRef tensor = tensor("gradient", Long.bitCount(share.replicas()));
    store.tell(
        new ParameterStore.TakeGradient(
            EXPERT, step, 0, share, tensor, transport.getRef().narrow()));
    return tensor;
  }

  TensorRef tensor(String kind) {
    return tensor(kind, 1);
  }

  /** Number of weights of the expert. */
  static long numWeights() {
    return DECODER.expertLayout().count();
  }

  /** Number of values of a tensor of them, with gaps between parameters. */
  private static int length() {
    return Math.toIntExact(DECODER.expertLayout().length());
  }

  private TensorRef tensor(String kind, int replicas) {
    long length = (long) replicas * length();
    String name = DECODER.owners().get(EXPERT).name() + " " + kind;
    return new TensorRef(transfers.next(), 1, name, 1, length, ElementType.FLOAT32);
  }

  static StepDecision decision(long step, boolean isRefused) {
    return new StepDecision(step, isRefused, step, 0.1, 1, 1);
  }

  void decide(long step) {
    store.tell(new ParameterStore.Decide(1, decision(step, false)));
  }

  void takeGradient(long step) {
    takeGradient(step, 0);
  }

  void takeGradient(long step, long after) {
    takeGradient(step, after, new GradientShare(0, 1, 1, 1, 0));
  }

  TensorRef takeGradient(long step, long after, GradientShare share) {
    TensorRef tensor = tensor("gradient");
    store.tell(
        new ParameterStore.TakeGradient(
            EXPERT, step, after, share, tensor, transport.getRef().narrow()));
    return tensor;
  }

  TensorRef keepPartial(long step) {
    return keepPartial(step, 0);
  }

  TensorRef keepPartial(long step, int device) {
    TensorRef tensor = tensor("partial gradient");
    store.tell(
        new ParameterStore.KeepPartial(EXPERT, step, device, tensor, transport.getRef().narrow()));
    return tensor;
  }

  TensorRef fetchPartial(long step) {
    return fetchPartial(step, 0);
  }

  TensorRef fetchPartial(long step, int device) {
    TensorRef tensor = tensor("partial gradient");
    store.tell(new ParameterStore.FetchPartial(EXPERT, step, device, tensor));
    return tensor;
  }

  TensorRef fetch(long asOf) {
    TensorRef tensor = tensor("weights");
    store.tell(new ParameterStore.Fetch(EXPERT, asOf, tensor));
    return tensor;
  }

  /** Fetches weights after the store has asked the transport for this many tensors. */
  TensorRef fetchAfterReceiving(int tensors) {
    for (int i = 0; i < tensors; i++) {
      assertInstanceOf(Receive.class, transport.receiveMessage(PATIENCE));
    }
    return fetch(0);
  }

  /** Receives the permission to send a tensor. */
  ActorRef<ParameterStore.Ready> readyTo() {
    return transport.getRef().narrow();
  }

  /** Fetches weights; returns the number of messages to the transport and announcers before. */
  int messagesBeforeTheNextFetch() {
    TensorRef last = fetch(0);
    int count = 0;
    while (!(transport.receiveMessage(PATIENCE) instanceof Send send
        && send.tensor().equals(last))) {
      count++;
    }
    return count;
  }

  /** Expects no message so far. */
  void expectNothingMore() {
    transport.expectNoMessage(Duration.ZERO);
    reports.expectNoMessage(Duration.ZERO);
  }

  /**
   * Expects a request to receive and after it the permission to send; the tensor arrives.
   *
   * @param values for each replica, the value of all its gradients; none for zeros
   */
  Receive arrive(float... values) {
    Receive receive = assertInstanceOf(Receive.class, transport.receiveMessage(PATIENCE));
    assertEquals(new ParameterStore.Ready(receive.tensor()), transport.receiveMessage(PATIENCE));
    if (values.length > 0) {
      MemorySegment bytes = LentBytes.destination(loans, receive.tensor());
      for (long i = 0; i < (long) values.length * length(); i++) {
        bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[(int) (i / length())]);
      }
    }
    receive.replyTo().tell(new Arrived(receive.tensor(), 0));
    return receive;
  }

  /** The first value of the bytes that are to be sent. */
  float firstValue(Send send) {
    return LentBytes.source(loans, send.tensor()).get(ValueLayout.JAVA_FLOAT, 0);
  }

  Send expectSend(TensorRef tensor) {
    Send send = assertInstanceOf(Send.class, transport.receiveMessage(PATIENCE));
    assertEquals(tensor, send.tensor());
    assertEquals(3, send.to());
    return send;
  }

  /** Expects the report of an update to the scheduler, then to the coordinator. */
  void expectReports(long step, long updates) {
    assertEquals(new ParameterStore.Applied(1, EXPERT, step), reports.receiveMessage(PATIENCE));
    assertEquals(new StepEvent.Updated(1, step, EXPERT, updates), reports.receiveMessage(PATIENCE));
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    memory.close();
    expertMemory.close();
  }
}
