package jingwei.actors.train;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import jingwei.actors.progress.StallWatch;

/** The events of a session, for the thread that waits for them. */
final class SessionEvents {
  /** Longest time until a signal to stop is seen. */
  private static final Duration LONGEST_POLL = Duration.ofMillis(100);

  private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();

  /** The session detects its own stalls; this longer limit covers a session that cannot. */
  private final StallWatch watch;

  private final LongSupplier nanoTime;
  private final UnexplainedEnd end = new UnexplainedEnd();

  /**
   * @param nanoTime a clock
   */
  SessionEvents(StallWatch watch, LongSupplier nanoTime) {
    this.watch = watch;
    this.nanoTime = nanoTime;
  }

  /** Adds an event, in any thread. */
  void add(SessionEvent event) {
    events.add(event);
  }

  /** An actor system has ended, in any thread. The event counts if no other one says why. */
  void addEnd(SessionEvent event) {
    end.happened(event, nanoTime.getAsLong());
  }

  /**
   * Waits for the next event.
   *
   * @param awaited what the caller waits for
   * @throws TrainerFault if nothing gets done for long
   */
  SessionEvent next(Supplier<String> awaited, Stopping stopping) {
    long wait = Math.min(watch.interval().toNanos(), LONGEST_POLL.toNanos());
    watch.begin();
    try {
      while (true) {
        SessionEvent event = events.poll(wait, TimeUnit.NANOSECONDS);
        stopping.look();
        if (event != null) {
          return event;
        }
        Optional<SessionEvent> unexplained = end.due(nanoTime.getAsLong());
        if (unexplained.isPresent()) {
          return unexplained.get();
        }
        if (watch.isStalled()) {
          throw new TrainerFault(
              "it has waited %.0f s for %s from the session, and nothing got done"
                  .formatted(watch.stalledSeconds(), awaited.get()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainerFault("it was interrupted while it waited for " + awaited.get());
    }
  }

  /**
   * Waits for the end of the actors.
   *
   * @throws TrainerFault if nothing gets done for long, or if they end with a failure
   */
  void awaitEnd(CompletableFuture<?> ended) {
    watch.begin();
    try {
      while (!isDone(ended)) {
        if (watch.isStalled()) {
          throw new TrainerFault(
              "the session waited %.0f s for its actors to end".formatted(watch.stalledSeconds()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainerFault("the session was interrupted while it waited for its actors to end");
    }
  }

  private boolean isDone(CompletableFuture<?> future) throws InterruptedException {
    try {
      future.get(watch.interval().toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new TrainerFault("the actors did not end (%s)".formatted(e.getCause()));
    }
  }

  /**
   * Handles a signal to stop. First, open steps are finished. If that takes long, steps that no
   * owner may apply yet are given up.
   */
  static final class Stopping {
    private final BooleanSupplier stop;
    private final Duration patience;
    private final Consumer<TrainingSession.Command> session;
    private long sinceNanos;
    private boolean isPaused;
    private boolean isGivingUp;

    /**
     * @param stop whether there was a signal
     * @param patience how long a step may go on after it
     * @param session is told to pause, or to give up
     */
    Stopping(BooleanSupplier stop, Duration patience, Consumer<TrainingSession.Command> session) {
      this.stop = stop;
      this.patience = patience;
      this.session = session;
    }

    private void look() {
      if (!isPaused && stop.getAsBoolean()) {
        isPaused = true;
        sinceNanos = System.nanoTime();
        session.accept(new TrainingSession.Pause());
      }
      if (isPaused && !isGivingUp && System.nanoTime() - sinceNanos > patience.toNanos()) {
        isGivingUp = true;
        session.accept(new TrainingSession.GiveUp());
      }
    }
  }
}
