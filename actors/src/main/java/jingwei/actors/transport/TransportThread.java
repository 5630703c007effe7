package jingwei.actors.transport;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a transport: takes requests in order, runs the backend, parks.
 *
 * <p>{@link #submit} and {@link #stop} belong to the actor, everything else to the thread itself.
 * It stays awake for a moment after something moved, then sleeps longer and longer; a request wakes
 * it. While parts are on a slowed link, it sleeps until the next of them arrives.
 */
final class TransportThread implements Runnable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TransportThread.class);
  private static final long STOP_MILLIS = 20_000;
  private static final int SPINS = 16;
  private static final long FIRST_PARK_NANOS = 2_000;

  /** Deadlines are checked when nothing moves; under constant load, once in this many rounds. */
  private static final int BUSY_ROUNDS_PER_CHECK = 4096;

  private final ConcurrentLinkedQueue<TensorTransport.Command> requests =
      new ConcurrentLinkedQueue<>();
  private final BufferLoans loans;
  private final Function<TransportStatistics, TransportBackend> backends;
  private final LongSupplier nanoClock;
  private final Consumer<Throwable> onBroken;
  private final TransportStatistics statistics = new TransportStatistics();
  private final Thread thread;
  private volatile boolean isStopped;

  private TransportThread(
      String name,
      BufferLoans loans,
      Function<TransportStatistics, TransportBackend> backends,
      LongSupplier nanoClock,
      Consumer<Throwable> onBroken) {
    this.loans = loans;
    this.backends = backends;
    this.nanoClock = nanoClock;
    this.onBroken = onBroken;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  /**
   * @param loans of the node; a refused request ends its loan
   * @param backends makes the backend, on the thread
   * @param onBroken called once, as the last action, if the backend failed
   */
  static TransportThread start(
      String name,
      BufferLoans loans,
      Function<TransportStatistics, TransportBackend> backends,
      LongSupplier nanoClock,
      Consumer<Throwable> onBroken) {
    TransportThread started = new TransportThread(name, loans, backends, nanoClock, onBroken);
    started.thread.start();
    return started;
  }

  void submit(TensorTransport.Command request) {
    requests.add(request);
    LockSupport.unpark(thread);
  }

  /** Ends the thread, which closes its backend, and answers requests that it has not taken. */
  void stop() {
    isStopped = true;
    LockSupport.unpark(thread);
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOGGER.error(
          "the transport actor waited up to {} ms for its thread {} to end", STOP_MILLIS, thread);
    }
    refuseRequests("the transport of this node has stopped");
  }

  @Override
  public void run() {
    try (TransportBackend backend = backends.apply(statistics)) {
      try {
        work(backend);
        backend.failAll("the transport of this node was stopped");
      } catch (Throwable e) {
        backend.failAll("the transport of this node failed: " + e);
        throw e;
      }
    } catch (Throwable e) { // also undeclared checked exceptions of a library
      refuseRequests("the transport of this node failed: " + e);
      onBroken.accept(e);
    }
  }

  private void work(TransportBackend backend) {
    int idleRounds = 0;
    int busyRounds = 0;
    while (!isStopped) {
      long now = nanoClock.getAsLong();
      int moved = accept(backend, now) + backend.move(now);
      if (moved > 0) {
        idleRounds = 0;
        statistics.busyNanos += nanoClock.getAsLong() - now;
      }
      if (moved == 0 || ++busyRounds == BUSY_ROUNDS_PER_CHECK) {
        busyRounds = 0;
        long restNanos = Math.min(backend.checkDeadlines(now), backend.longestParkNanos());
        if (moved == 0) {
          idle(idleRounds++, restNanos, backend.untilArrivalNanos());
        }
      }
    }
  }

  private int accept(TransportBackend backend, long now) {
    int accepted = 0;
    for (TensorTransport.Command next; (next = requests.poll()) != null; accepted++) {
      backend.accept(next, now);
    }
    return accepted;
  }

  /** Waits at most {@code restNanos}: until a part arrives, or longer from round to round. */
  private static void idle(int round, long restNanos, long untilArrivalNanos) {
    if (untilArrivalNanos != Long.MAX_VALUE) {
      LockSupport.parkNanos(Math.min(untilArrivalNanos, restNanos));
    } else if (round < SPINS) {
      Thread.onSpinWait();
    } else {
      long parkNanos = FIRST_PARK_NANOS << Math.min(round - SPINS, 20);
      LockSupport.parkNanos(Math.min(parkNanos, restNanos));
    }
  }

  private void refuseRequests(String reason) {
    for (TensorTransport.Command next; (next = requests.poll()) != null; ) {
      TransportBackend.refuse(next, reason, loans, statistics);
    }
  }
}
