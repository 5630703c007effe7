package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
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

/** Nodes of one process with a clock that stands still. */
final class NodesFixture implements AutoCloseable {
  static final long DEADLINE_MILLIS = 10_000;
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final ActorTestKit kit = ActorTestKit.create();

  /** Null if the nodes use driver processes. */
  final MachineDriver driver;

  private final IntFunction<TransportPeers> peers;
  final AtomicLong clockNanos = new AtomicLong(1);
  private final TransportSettings settings;
  private final Arena arena;
  private final SplittableRandom random = new SplittableRandom(23);

  NodesFixture(int nodes) {
    this(nodes, Local.AERON);
  }

  /** One host, all other nodes are devices; none is started. */
  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  NodesFixture(int nodes, Local local) {
    arena = Arena.ofShared();
    settings = settings(local);
    driver = MachineDriver.start(settings, new MachineNodes(1, nodes - 1));
    peers = number -> driver.peers();
  }

  /**
   * Nodes that use driver processes.
   *
   * @param peers by the number of a node
   */
  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  NodesFixture(IntFunction<TransportPeers> peers) {
    arena = Arena.ofShared();
    settings = settings(Local.AERON);
    driver = null;
    this.peers = peers;
  }

  static TransportSettings settings(Local local) {
    return new TransportSettings(
        local, 16 << 20, 1 << 20, DEADLINE_MILLIS, "", LinkSettings.UNLIMITED);
  }

  /** A node with its transport, its buffers on loan, a sender and a receiver. */
  final class Node {
    final int number;
    final long incarnation;
    final BufferLoans loans = new BufferLoans();
    final TestProbe<Reply> sender = kit.createTestProbe();
    final TestProbe<Reply> receiver = kit.createTestProbe();
    ActorRef<Command> transport;
    private final TransportNode node;
    private final TestProbe<TransportCounters> counters = kit.createTestProbe();
    private final TransferNumbers numbers;

    private Node(TransportNode node) {
      this.node = node;
      number = node.node();
      incarnation = node.incarnation();
      numbers = new TransferNumbers(number, 4);
    }

    Node start() {
      return start(clockNanos::get);
    }

    /**
     * @param clock called in every round of the transport's thread
     */
    Node start(LongSupplier clock) {
      Progress progress = new Progress();
      transport =
          kit.spawn(
              TensorTransport.create(
                  node,
                  loans,
                  statistics ->
                      TransportBackend.create(settings, node, loans, statistics, progress),
                  clock));
      return this;
    }

    /** A new tensor that this node numbers. */
    TensorRef tensor(long elements) {
      TransferId transfer = numbers.next();
      return new TensorRef(
          transfer, incarnation, "tensor " + transfer, 7, elements, ElementType.FLOAT32);
    }

    /** Lends random bytes and asks to send them. */
    MemorySegment send(TensorRef tensor, Node to) {
      return send(tensor, to.number);
    }

    MemorySegment send(TensorRef tensor, int to) {
      MemorySegment source = bytesOf(tensor);
      loans.lendSource(tensor, source);
      transport.tell(new TensorTransport.Send(tensor, to, sender.getRef()));
      return source;
    }

    MemorySegment lend(TensorRef tensor) {
      MemorySegment destination = arena.allocate(tensor.bytes(), 64);
      loans.lendDestination(tensor, destination);
      return destination;
    }

    void ask(TensorRef tensor) {
      transport.tell(new TensorTransport.Receive(tensor, receiver.getRef()));
    }

    MemorySegment receive(TensorRef tensor) {
      MemorySegment destination = lend(tensor);
      ask(tensor);
      return destination;
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

    /** A tensor that the receiver asks for goes from this node to another. */
    void expectTrip(Node to, long elements) {
      TensorRef tensor = to.tensor(elements);
      MemorySegment destination = to.receive(tensor);
      MemorySegment source = send(tensor, to);
      expectSent(tensor);
      to.expectArrived(tensor);
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

    void stop() {
      kit.stop(transport);
    }
  }

  /** Starts a node in incarnation 1. */
  Node start(int number) {
    return start(number, 1);
  }

  Node start(int number, long incarnation) {
    return prepare(number, incarnation).start();
  }

  /** A node without its transport. */
  Node prepare(int number, long incarnation) {
    return new Node(new TransportNode(number, incarnation, peers.apply(number)));
  }

  /** Writes parts to the inbox of a node, whatever they are. */
  StrayParts strayParts(int to) {
    return new StrayParts(((TransportPeers.Machine) driver.peers()).driver(), to);
  }

  MemorySegment bytesOf(TensorRef tensor) {
    MemorySegment bytes = arena.allocate(tensor.bytes(), 64);
    for (long at = 0; at < bytes.byteSize(); at += Integer.BYTES) {
      bytes.set(ValueLayout.JAVA_INT, at, random.nextInt());
    }
    return bytes;
  }

  void passDeadline() {
    clockNanos.addAndGet((DEADLINE_MILLIS + 1) * 1_000_000);
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    if (driver != null) {
      driver.close();
    }
    arena.close();
  }
}
