package jingwei.cluster.session;

import static jingwei.cluster.session.RowWait.Action.GIVE_UP;
import static jingwei.cluster.session.RowWait.Action.NOTHING;
import static jingwei.cluster.session.RowWait.Action.SAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.session.RowWait.Action;
import org.junit.jupiter.api.Test;

class RowWaitTest {
  private static final long MILLI = 1_000_000;
  private static final long LOOK_MILLIS = 100;
  private long nowNanos = 5;
  private final RowWait wait = new RowWait(Duration.ofSeconds(60), () -> nowNanos);

  @Test
  void saysNothingWhileNoStepWaits() {
    assertEquals(List.of(), actions(600, false, 0));
  }

  @Test
  void saysItAfterAWhileAndThenLessAndLessOften() {
    assertEquals(List.of("SAY at 3.0", "SAY at 6.0", "SAY at 12.0", "SAY at 24.0"), actions(40));
    wait.look(false, 0);
    assertEquals(List.of("SAY at 3.0"), actions(5), "another wait begins anew");
  }

  @Test
  void givesUpWhenNoRowComesForLongerThanTheDeadline() {
    List<String> actions = actions(70);
    assertEquals("SAY at 48.0", actions.get(4));
    assertEquals("GIVE_UP at 60.1", actions.get(5));
    assertTrue(wait.silentSeconds() > 60 && wait.silentSeconds() < 71);
  }

  /** The rows are those of other domains. */
  @Test
  void waitsOnWhileRowsCome() {
    for (int minute = 0; minute < 10; minute++) {
      assertTrue(actions(59, true, minute).stream().noneMatch(each -> each.startsWith("GIVE_UP")));
    }
    assertTrue(actions(62, true, 9).stream().anyMatch(each -> each.startsWith("GIVE_UP")));
  }

  @Test
  void countsNoTimeInWhichTheProcessWasStopped() {
    assertEquals(NOTHING, wait.look(true, 0));
    nowNanos += Duration.ofHours(5).toNanos();
    assertEquals(NOTHING, wait.look(true, 0));
    assertEquals(SAY, look(2000));
    nowNanos += Duration.ofHours(5).toNanos();
    assertTrue(look(LOOK_MILLIS) != GIVE_UP);
  }

  /** Looks for some seconds, ten times a second. */
  private List<String> actions(int seconds) {
    return actions(seconds, true, 0);
  }

  private List<String> actions(int seconds, boolean waits, long rows) {
    List<String> all = new ArrayList<>();
    for (long millis = 0; millis <= seconds * 1000L; millis += LOOK_MILLIS) {
      nowNanos += LOOK_MILLIS * MILLI;
      Action action = wait.look(waits, rows);
      if (action != NOTHING) {
        all.add("%s at %.1f".formatted(action, millis / 1e3));
      }
    }
    return all;
  }

  private Action look(long millis) {
    Action last = NOTHING;
    for (long at = 0; at < millis; at += LOOK_MILLIS) {
      nowNanos += LOOK_MILLIS * MILLI;
      last = wait.look(true, 0);
    }
    return last;
  }
}
