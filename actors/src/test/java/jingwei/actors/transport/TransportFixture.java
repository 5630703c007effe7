package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Command;
import jingwei.actors.transport.TensorTransport.Failed;
import jingwei.actors.transport.TensorTransport.Reply;
import jingwei.actors.transport.TensorTransport.Sent;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.memory.ElementType;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/** One transport with a clock that stands still, a sender, a receiver and memory for both. */
final class TransportFixture implements AutoCloseable {
  static final long DEADLINE_MILLIS = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  final BufferLoans loans = new BufferLoans();
  final Arena arena;
  final AtomicLong clockNanos = new AtomicLong(1);
  final ActorTestKit kit = ActorTestKit.create();
  final TestProbe<Reply> sender = kit.createTestProbe();
  final TestProbe<Reply> receiver = kit.createTestProbe();
  final TestProbe<TransportCounters> counters = kit.createTestProbe();
  final ActorRef<Command> transport;
  private final SplittableRandom random = new SplittableRandom(17);
  private final TransferNumbers numbers = new TransferNumbers(0, 0);

  TransportFixture(Local local) {
    this(settings(local, ""));
  }

  TransportFixture(TransportSettings settings) {
    this(settings, new Progress());
  }

  /** With a progress counter of the node. */
  TransportFixture(TransportSettings settings, Progress progress) {
    this(
        (loans, statistics) ->
            TransportBackend.create(settings, TransportNode.alone(), loans, statistics, progress));
  }

  /** With a backend that uses the loans of this fixture. */
  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  TransportFixture(BackendMaker maker) {
    arena = Arena.ofShared();
    Function<TransportStatistics, TransportBackend> backends =
        statistics -> maker.make(loans, statistics);
    transport =
        kit.spawn(TensorTransport.create(TransportNode.alone(), loans, backends, clockNanos::get));
  }

  interface BackendMaker {
    TransportBackend make(BufferLoans loans, TransportStatistics statistics);
  }

  static TransportSettings settings(Local local, String folder) {
    return new TransportSettings(
        local, 16 << 20, 1 << 20, DEADLINE_MILLIS, folder, LinkSettings.UNLIMITED);
  }

  TensorRef tensor(long elements) {
    TransferId transfer = numbers.next();
    String name = "blocks.0.experts.%d weights".formatted(transfer.sequence());
    return new TensorRef(transfer, 0, name, 7, elements, type());
  }

  static ElementType type() {
    return ElementType.FLOAT32;
  }

  /** Native memory of the tensor's size with random bytes. */
  MemorySegment bytesOf(TensorRef tensor) {
    MemorySegment bytes = arena.allocate(tensor.bytes(), 64);
    for (long at = 0; at < bytes.byteSize(); at += Integer.BYTES) {
      bytes.set(ValueLayout.JAVA_INT, at, random.nextInt());
    }
    return bytes;
  }

  MemorySegment emptyOf(TensorRef tensor) {
    return arena.allocate(tensor.bytes(), 64);
  }

  /** Lends random bytes and asks to send them. */
  MemorySegment send(TensorRef tensor) {
    MemorySegment source = bytesOf(tensor);
    loans.lendSource(tensor, source);
    transport.tell(new TensorTransport.Send(tensor, 0, sender.getRef()));
    return source;
  }

  /** Lends empty bytes and asks to receive into them. */
  MemorySegment receive(TensorRef tensor) {
    MemorySegment destination = lend(tensor);
    ask(tensor);
    return destination;
  }

  /** Lends empty bytes for a tensor, which waits for its request from now on. */
  MemorySegment lend(TensorRef tensor) {
    MemorySegment destination = emptyOf(tensor);
    loans.lendDestination(tensor, destination);
    return destination;
  }

  /** Asks to receive into bytes that are lent. */
  void ask(TensorRef tensor) {
    transport.tell(new TensorTransport.Receive(tensor, receiver.getRef()));
  }

  void passDeadline() {
    clockNanos.addAndGet((DEADLINE_MILLIS + 1) * 1_000_000);
  }

  void expectSent(TensorRef tensor) {
    assertEquals(new Sent(tensor), sender.receiveMessage(PATIENCE));
  }

  Arrived expectArrived(TensorRef tensor) {
    Arrived arrived = assertInstanceOf(Arrived.class, receiver.receiveMessage(PATIENCE));
    assertEquals(tensor, arrived.tensor());
    return arrived;
  }

  String expectFailed(TestProbe<Reply> probe, TensorRef tensor) {
    Failed failed = assertInstanceOf(Failed.class, probe.receiveMessage(PATIENCE));
    assertEquals(tensor, failed.tensor());
    return failed.reason();
  }

  /** A tensor goes from the sender to the receiver. */
  void expectRoundtrip(long elements) {
    TensorRef tensor = tensor(elements);
    MemorySegment destination = receive(tensor);
    MemorySegment source = send(tensor);
    expectSent(tensor);
    expectArrived(tensor);
    assertEquals(-1, source.mismatch(destination));
  }

  TransportCounters report() {
    transport.tell(new TensorTransport.Report(counters.getRef()));
    return counters.receiveMessage(PATIENCE);
  }

  /** Asks for the counters until they are as wanted. */
  TransportCounters await(Predicate<TransportCounters> wanted) {
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    TransportCounters last = report();
    while (!wanted.test(last)) {
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new AssertionError("the test waited for other counters of the transport: " + last);
      }
      last = report();
    }
    return last;
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    arena.close();
  }
}
