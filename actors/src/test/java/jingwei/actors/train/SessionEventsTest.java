package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.actors.node.Failure;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SessionEventsTest {
  private static final SessionEvent ENDED = failed("session");
  private static final SessionEvent STORE = failed("store");
  private static final long STEP_NANOS = 100_000_000;

  private final AtomicLong nanos = new AtomicLong();
  private final SessionEvents events =
      new SessionEvents(watch(Duration.ofDays(1)), () -> nanos.addAndGet(STEP_NANOS));

  /** An actor system may end before the session has heard which of its actors failed, and why. */
  @Test
  void anEndWaitsForTheEventThatSaysWhy() {
    events.addEnd(ENDED);
    events.add(STORE);
    assertEquals(STORE, next());
    assertEquals(ENDED, next());
  }

  @Test
  void anEndWithoutAReasonCountsAfterAMoment() {
    events.addEnd(ENDED);
    assertEquals(ENDED, next());
    assertEquals(12 * STEP_NANOS, nanos.get() + STEP_NANOS); // one second after the end
    events.addEnd(STORE);
    assertEquals(ENDED, next());
  }

  @Test
  void aStallNamesWhatIsMissingThen() {
    AtomicLong asked = new AtomicLong();
    SessionEvents stalling =
        new SessionEvents(watch(Duration.ofMillis(16)), () -> nanos.addAndGet(STEP_NANOS));
    TrainerFault fault =
        assertThrows(
            TrainerFault.class,
            () -> stalling.next(() -> "node " + asked.incrementAndGet(), notStopping()));
    assertTrue(fault.getMessage().contains("for node 1 from the session"), fault.getMessage());
  }

  private SessionEvent next() {
    return events.next(() -> "an event", notStopping());
  }

  private static SessionEvents.Stopping notStopping() {
    return new SessionEvents.Stopping(() -> false, LaunchedNodes.PATIENCE, command -> {});
  }

  /** Its clock advances one millisecond with each reading. */
  private static StallWatch watch(Duration limit) {
    AtomicLong clock = new AtomicLong();
    return new StallWatch(new Progress(), limit, () -> clock.addAndGet(1_000_000));
  }

  private static SessionEvent failed(String actor) {
    return new SessionEvent.SessionFailed(
        new Failure(Failure.Category.FAULT, actor, "it failed", List.of()));
  }
}
