package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.link.LinkSpeed;
import jingwei.actors.transport.TensorTransport.Failed;
import jingwei.actors.transport.TransportSettings.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors over a slowed link arrive when that link delivers them, to the nanosecond. */
class SlowLinkTest {
  private static final long START = 7_000_000_000L;
  private static final long MILLI = 1_000_000;
  private static final long MIB = 1 << 20;

  /** A MiB in a millisecond. */
  private static final LinkSpeed UP = new LinkSpeed(1000 * MIB, 300_000);

  /** A MiB in two milliseconds. */
  private static final LinkSpeed DOWN = new LinkSpeed(500 * MIB, 0);

  /** A part takes 104 s, ten times the deadline. */
  private static final LinkSpeed VERY_SLOW = new LinkSpeed(10_000, MILLI);

  @ParameterizedTest
  @EnumSource
  void tensorsArriveAtTheirTimesAndNoneWaitsForAnotherDirection(Local local) {
    try (SlowLinkFixture fixture = new SlowLinkFixture(local, new LinkSettings(UP, DOWN))) {
      Map<Long, TensorRef> byArrival = new TreeMap<>();
      long upNanos = START + UP.latencyNanos();
      long downNanos = START;
      for (int i = 1; i <= 5; i++) {
        long bytes = i * MIB / 2;
        TensorRef up = fixture.move(LinkDirection.TO_DEVICE, bytes, START);
        byArrival.put(upNanos += i * MILLI / 2, up);
        TensorRef down = fixture.move(LinkDirection.TO_HOST, bytes, START);
        byArrival.put(downNanos += i * MILLI, down);
      }
      TensorRef without = fixture.move(LinkDirection.NONE, 2 * MIB, START);
      assertEquals(List.of(without), fixture.arrivedAt(START));
      byArrival.forEach(
          (arrival, tensor) -> {
            assertEquals(List.of(), fixture.arrivedAt(arrival - 1));
            assertEquals(1, fixture.backend.untilArrivalNanos());
            assertEquals(List.of(tensor), fixture.arrivedAt(arrival));
          });
      assertEquals(Long.MAX_VALUE, fixture.backend.untilArrivalNanos());
      assertEquals(0, fixture.backend.bytesInFlight());
    }
  }

  /** A round that comes late makes nothing later than it would be without it. */
  @Test
  void partsCrossTheLinkOneAfterTheOther() {
    try (SlowLinkFixture fixture =
        new SlowLinkFixture(Local.AERON, new LinkSettings(UP, LinkSpeed.UNLIMITED))) {
      TensorRef tensor = fixture.move(LinkDirection.TO_DEVICE, 4 * MIB, START);
      long entered = START + UP.latencyNanos();
      assertEquals(List.of(), fixture.arrivedAt(entered + MILLI - 1));
      assertEquals(4 * MIB, fixture.backend.bytesInFlight());
      assertEquals(List.of(), fixture.arrivedAt(entered + MILLI));
      assertEquals(3 * MIB, fixture.backend.bytesInFlight());
      assertEquals(MILLI, fixture.backend.untilArrivalNanos());
      assertEquals(List.of(), fixture.arrivedAt(entered + 3 * MILLI + MILLI / 2));
      assertEquals(MIB, fixture.backend.bytesInFlight());
      assertEquals(MILLI / 2, fixture.backend.untilArrivalNanos());
      assertEquals(List.of(tensor), fixture.arrivedAt(entered + 4 * MILLI));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTensorEntersTheLinkWhenItIsSent(Local local) {
    try (SlowLinkFixture fixture = new SlowLinkFixture(local, LinkSettings.both(DOWN))) {
      TensorRef first = fixture.move(LinkDirection.TO_HOST, MIB, START);
      assertEquals(List.of(first), fixture.arrivedAt(START + 2 * MILLI));
      TensorRef later = fixture.move(LinkDirection.TO_HOST, MIB, START + 9 * MILLI);
      assertEquals(List.of(), fixture.arrivedAt(START + 11 * MILLI - 1));
      assertEquals(List.of(later), fixture.arrivedAt(START + 11 * MILLI));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDirectionWithoutALimitIsNotDelayed(Local local) {
    try (SlowLinkFixture fixture =
        new SlowLinkFixture(local, new LinkSettings(VERY_SLOW, LinkSpeed.UNLIMITED))) {
      fixture.move(LinkDirection.TO_DEVICE, MIB, START);
      TensorRef down = fixture.move(LinkDirection.TO_HOST, 2 * MIB, START);
      TensorRef without = fixture.move(LinkDirection.NONE, MIB, START);
      assertEquals(List.of(down, without), fixture.arrivedAt(START));
    }
  }

  /** Nothing else makes progress, and no part comes within the deadline. */
  @ParameterizedTest
  @EnumSource
  void bytesOnAVerySlowLinkAreProgress(Local local) {
    try (SlowLinkFixture fixture = new SlowLinkFixture(local, LinkSettings.both(VERY_SLOW))) {
      TensorRef first = fixture.move(LinkDirection.TO_DEVICE, 5 * MIB / 2, START);
      TensorRef second = fixture.move(LinkDirection.TO_DEVICE, 64, START);
      long secondArrives =
          START + VERY_SLOW.occupiedNanos(5 * MIB / 2 + 64) + VERY_SLOW.latencyNanos();
      long now = START;
      List<TensorRef> arrived = List.of();
      while (arrived.isEmpty()) {
        long before = fixture.progress.count();
        now += SlowLinkFixture.DEADLINE_MILLIS * MILLI / 2;
        arrived = fixture.arrivedAt(now);
        assertTrue(fixture.progress.count() > before || now >= secondArrives);
      }
      assertEquals(List.of(first, second), arrived);
      long before = fixture.progress.count();
      assertEquals(List.of(), fixture.arrivedAt(now + MILLI));
      assertEquals(before, fixture.progress.count(), "the link is empty");
    }
  }

  @Test
  void aTensorThatHasCrossedTheLinkHasADeadlineAgain() {
    try (SlowLinkFixture fixture =
        new SlowLinkFixture(Local.HANDOVER, LinkSettings.both(VERY_SLOW))) {
      TensorRef tensor = fixture.tensor(MIB);
      fixture.send(tensor, LinkDirection.TO_HOST, START);
      long arrives = START + VERY_SLOW.occupiedNanos(MIB) + VERY_SLOW.latencyNanos();
      long fails = arrives + 2 * SlowLinkFixture.DEADLINE_MILLIS * MILLI;
      assertEquals(List.of(), fixture.repliesAt(arrives - 1));
      assertEquals(List.of(), fixture.repliesAt(fails - 1));
      assertEquals(
          List.of(
              new Failed(
                  tensor,
                  "the sender of %s (transfer=0.0.1 sentBytes=0 bytes=1048576) waited 20000 ms for its receiver"
                      .formatted(tensor.name()))),
          fixture.repliesAt(fails));
    }
  }
}
