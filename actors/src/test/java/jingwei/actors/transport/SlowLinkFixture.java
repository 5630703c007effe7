package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Failed;
import jingwei.actors.transport.TensorTransport.Reply;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.memory.ElementType;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;

/** A node that is alone, whose backend runs on the thread of the test at times that it chooses. */
final class SlowLinkFixture implements AutoCloseable {
  static final long DEADLINE_MILLIS = 10_000;

  final Progress progress = new Progress();
  final TransportBackend backend;
  private final BufferLoans loans = new BufferLoans();
  private final TransferNumbers numbers = new TransferNumbers(0, 0);
  private final TestInbox<Reply> replies = TestInbox.create();
  private final Arena arena = Arena.ofConfined();
  private final Map<TensorRef, MemorySegment> sources = new HashMap<>();
  private final Map<TensorRef, MemorySegment> destinations = new HashMap<>();

  SlowLinkFixture(Local local, LinkSettings link) {
    backend =
        TransportBackend.create(
            new TransportSettings(local, 16 << 20, 1 << 20, DEADLINE_MILLIS, "", link),
            TransportNode.alone(),
            loans,
            new TransportStatistics(),
            progress);
  }

  /** A tensor is received and sent from now on. */
  TensorRef move(LinkDirection link, long bytes, long nowNanos) {
    TensorRef tensor = tensor(bytes);
    destinations.put(tensor, arena.allocate(bytes, 64));
    loans.lendDestination(tensor, destinations.get(tensor));
    backend.accept(new TensorTransport.Receive(tensor, replies.getRef()), nowNanos);
    send(tensor, link, nowNanos);
    return tensor;
  }

  TensorRef tensor(long bytes) {
    TransferId transfer = numbers.next();
    return new TensorRef(transfer, 0, "tensor " + transfer, 1, bytes / 4, ElementType.FLOAT32);
  }

  void send(TensorRef tensor, LinkDirection link, long nowNanos) {
    MemorySegment source = arena.allocate(tensor.bytes(), 64);
    source.fill((byte) tensor.transfer().sequence());
    sources.put(tensor, source);
    loans.lendSource(tensor, source);
    backend.accept(new TensorTransport.Send(tensor, 0, link, replies.getRef()), nowNanos);
  }

  /** Moves all that may move now; returns the tensors that arrive. */
  List<TensorRef> arrivedAt(long nowNanos) {
    List<TensorRef> arrived = new ArrayList<>();
    for (Reply reply : repliesAt(nowNanos)) {
      if (reply instanceof Failed(TensorRef tensor, String reason)) {
        throw new AssertionError(reason);
      }
      if (reply instanceof Arrived(TensorRef tensor, int crc32c)) {
        assertEquals(-1, sources.get(tensor).mismatch(destinations.get(tensor)));
        arrived.add(tensor);
      }
    }
    return arrived;
  }

  /** Moves all that may move now and checks deadlines; returns all answers. */
  List<Reply> repliesAt(long nowNanos) {
    do {
      while (backend.move(nowNanos) > 0) {}
      backend.checkDeadlines(nowNanos);
    } while (backend.move(nowNanos) > 0);
    return replies.getAllReceived();
  }

  @Override
  public void close() {
    backend.close();
    arena.close();
  }
}
