package jingwei.bench.mixture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferId;
import jingwei.actors.transport.TransferNumbers;
import jingwei.actors.transport.TransportNode;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.memory.Matrix;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Moves experts between host and device with the product's own transport. In each direction a few
 * tensors are in flight at once, and others wait in order. Thread-safe.
 */
final class ExpertLink implements AutoCloseable {
  private static final int IN_FLIGHT = 16;
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);
  private static final long WAIT_MILLIS = 1_000;
  private static final long END_SECONDS = 30;

  /**
   * What moved in one direction.
   *
   * @param seconds in which at least one tensor was on its way
   */
  record Traffic(double seconds, long bytes) {
    static final Traffic NONE = new Traffic(0, 0);
  }

  private record Move(
      LinkDirection direction, TensorRef tensor, Matrix from, Matrix to, Runnable then) {}

  /** A queue for each direction, so that neither waits for the other. */
  private static final class Way {
    final Deque<Move> waiting = new ArrayDeque<>();
    int inFlight;
    long busyNanos;
    long busySince;
    long bytes;
  }

  /** A tensor in flight; both ends answer. */
  private static final class Flight {
    final Move move;
    int answers;

    Flight(Move move) {
      this.move = move;
    }
  }

  private final BufferLoans loans = new BufferLoans();
  private final TransferNumbers numbers = new TransferNumbers(0, 0);
  private final Map<TransferId, Flight> flights = new HashMap<>();
  private final Map<LinkDirection, Way> ways = new EnumMap<>(LinkDirection.class);
  private final CompletableFuture<ActorRef<TensorTransport.Command>> transport =
      new CompletableFuture<ActorRef<TensorTransport.Command>>()
          .orTimeout(END_SECONDS, TimeUnit.SECONDS);
  private final ActorSystem<TensorTransport.Reply> ends;
  private String failure;
  private long movedAt = System.nanoTime();

  ExpertLink(TransportSettings settings) {
    for (LinkDirection direction : List.of(LinkDirection.TO_DEVICE, LinkDirection.TO_HOST)) {
      ways.put(direction, new Way());
    }
    ends = ActorSystem.create(ends(settings), "mixture-link");
  }

  private Behavior<TensorTransport.Reply> ends(TransportSettings settings) {
    return Behaviors.setup(
        context -> {
          transport.complete(
              context.spawn(
                  TensorTransport.create(
                      settings, TransportNode.alone(), loans, FaultPlan.none(), new Progress()),
                  "transport"));
          return Behaviors.receiveMessage(
              reply -> {
                answered(reply);
                return Behaviors.same();
              });
        });
  }

  /**
   * Moves a tensor, then runs an action in a thread of the link. Nobody may write to the source, or
   * touch the destination, until then.
   *
   * @param name of the owner and kind, for messages
   * @param version of the weights
   */
  synchronized void move(
      LinkDirection direction, String name, long version, Matrix from, Matrix to, Runnable then) {
    TensorRef tensor = new TensorRef(numbers.next(), 0, name, version, from.size(), from.type());
    Way way = ways.get(direction);
    way.waiting.add(new Move(direction, tensor, from, to, then));
    startNext(way);
  }

  private void startNext(Way way) {
    while (way.inFlight < IN_FLIGHT && !way.waiting.isEmpty()) {
      if (way.inFlight++ == 0) {
        way.busySince = System.nanoTime();
      }
      start(way.waiting.remove());
    }
  }

  private void start(Move move) {
    TensorRef tensor = move.tensor;
    flights.put(tensor.transfer(), new Flight(move));
    loans.lendDestination(tensor, move.to);
    loans.lendSource(tensor, move.from);
    ActorRef<TensorTransport.Command> to = transport.join();
    to.tell(new TensorTransport.Receive(tensor, ends));
    to.tell(new TensorTransport.Send(tensor, 0, move.direction, ends));
  }

  private void answered(TensorTransport.Reply reply) {
    Move done = take(reply);
    if (done != null) {
      done.then.run();
      landed(done);
    }
  }

  /** Returns the move that the reply completes, or null. */
  private synchronized Move take(TensorTransport.Reply reply) {
    if (reply instanceof TensorTransport.Failed(TensorRef tensor, String reason)) {
      failure = failure == null ? tensor.name() + ": " + reason : failure;
      notifyAll();
      return null;
    }
    Flight flight = flights.get(reply.tensor().transfer());
    if (++flight.answers < 2) {
      return null;
    }
    flights.remove(reply.tensor().transfer());
    return flight.move;
  }

  private synchronized void landed(Move done) {
    movedAt = System.nanoTime();
    Way way = ways.get(done.direction);
    way.bytes += done.tensor.bytes();
    if (--way.inFlight == 0) {
      way.busyNanos += movedAt - way.busySince;
    }
    startNext(way);
    notifyAll();
  }

  /** Waits until everything in a direction has arrived and its actions have run. */
  void await(LinkDirection direction) {
    Way way = ways.get(direction);
    await(() -> way.inFlight == 0);
  }

  /**
   * Waits until something is true that only actions of transfers change.
   *
   * @throws IllegalStateException if a transfer failed, or nothing moved for too long
   */
  synchronized void await(BooleanSupplier isTrue) {
    movedAt = System.nanoTime();
    check();
    while (!isTrue.getAsBoolean()) {
      if (System.nanoTime() - movedAt > PATIENCE_NANOS) {
        throw new IllegalStateException(
            "the trainer waited for %d tensors of the link, and none arrived"
                .formatted(flights.size()));
      }
      try {
        wait(WAIT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      check();
    }
  }

  private void check() {
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  /** What moved in a direction since the last call. */
  synchronized Traffic takeTraffic(LinkDirection direction) {
    Way way = ways.get(direction);
    long now = System.nanoTime();
    if (way.inFlight > 0) {
      way.busyNanos += now - way.busySince;
      way.busySince = now;
    }
    Traffic traffic = new Traffic(way.busyNanos / 1e9, way.bytes);
    way.busyNanos = 0;
    way.bytes = 0;
    return traffic;
  }

  @Override
  public void close() {
    ends.terminate();
    ends.getWhenTerminated().toCompletableFuture().orTimeout(END_SECONDS, TimeUnit.SECONDS).join();
  }
}
