package jingwei.actors.train;

import java.time.Duration;
import java.util.Optional;

/**
 * The end of an actor system, which says nothing about its reason. The event that does may come
 * later, since it comes from another node. So the end counts only if no such event follows within a
 * moment. Thread-safe.
 */
final class UnexplainedEnd {
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private SessionEvent event;
  private long sinceNanos;

  /** An actor system has ended. */
  synchronized void happened(SessionEvent newEvent, long nowNanos) {
    if (event == null) {
      event = newEvent;
      sinceNanos = nowNanos;
    }
  }

  /** The event, if there was an end a moment ago. */
  synchronized Optional<SessionEvent> due(long nowNanos) {
    return event != null && nowNanos - sinceNanos >= MOMENT.toNanos()
        ? Optional.of(event)
        : Optional.empty();
  }
}
