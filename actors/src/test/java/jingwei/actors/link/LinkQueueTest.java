package jingwei.actors.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class LinkQueueTest {
  /** Two nanoseconds a byte. */
  private static final LinkSpeed SPEED = new LinkSpeed(500_000_000, 70);

  @Test
  void aTensorEntersBehindThoseBeforeItAndTheLatencyCountsOnce() {
    LinkQueue queue = new LinkQueue(SPEED);
    LinkPassage first = queue.enter(1000, 10);
    LinkPassage second = queue.enter(1005, 20);
    assertEquals(1000 + 2 + 70, first.arrivalNanos(1));
    assertEquals(1000 + 20 + 70, first.arrivalNanos(10));
    assertEquals(1020 + 8 + 70, second.arrivalNanos(4));
    assertEquals(1020 + 40 + 70, second.arrivalNanos(20));
  }

  @Test
  void aTensorThatFindsTheLinkFreeEntersAtOnce() {
    LinkQueue queue = new LinkQueue(SPEED);
    queue.enter(-1000, 10);
    assertEquals(2000 + 6 + 70, queue.enter(2000, 3).arrivalNanos(3));
  }

  @Test
  void theLinkIsBusyUntilItsLastByteArrives() {
    LinkQueue queue = new LinkQueue(SPEED);
    assertFalse(queue.isBusy(-5));
    LinkPassage passage = queue.enter(0, 10);
    assertTrue(queue.isBusy(passage.arrivalNanos(10) - 1));
    assertFalse(queue.isBusy(passage.arrivalNanos(10)));
  }

  @Test
  void partsOfANanosecondAreRoundedUpOncePerTensor() {
    LinkQueue queue = new LinkQueue(new LinkSpeed(3_000_000_000L, 0));
    LinkPassage passage = queue.enter(0, 1_000_000);
    assertEquals(1, passage.arrivalNanos(1));
    assertEquals(1, passage.arrivalNanos(3));
    assertEquals(333_334, passage.arrivalNanos(1_000_000));
    assertEquals(333_335, queue.enter(0, 1).arrivalNanos(1));
  }

  @Test
  void onlyALatencyDelaysTensorsWithoutAQueue() {
    LinkQueue queue = new LinkQueue(new LinkSpeed(Long.MAX_VALUE, 70));
    assertEquals(75, queue.enter(5, 1L << 40).arrivalNanos(1L << 40));
    assertEquals(76, queue.enter(6, 1L << 40).arrivalNanos(1));
  }

  @Test
  void eachDirectionHasAQueueOfItsOwn() {
    Link link = new Link(new LinkSettings(SPEED, new LinkSpeed(1_000_000_000, 0)));
    assertEquals(270, link.enter(LinkDirection.TO_DEVICE, 0, 100).arrivalNanos(100));
    assertEquals(100, link.enter(LinkDirection.TO_HOST, 0, 100).arrivalNanos(100));
    assertEquals(470, link.enter(LinkDirection.TO_DEVICE, 0, 100).arrivalNanos(100));
    assertNull(link.enter(LinkDirection.NONE, 0, 100));
    assertTrue(link.isBusy(469));
    assertFalse(link.isBusy(470));
    assertEquals(200, link.longestNanos(100));
  }

  @Test
  void nothingIsDelayedWithoutALimit() {
    Link plain = new Link(LinkSettings.UNLIMITED);
    for (LinkDirection direction : LinkDirection.values()) {
      assertNull(plain.enter(direction, 0, 1L << 40));
    }
    assertFalse(plain.isBusy(Long.MIN_VALUE));
    assertEquals(0, plain.longestNanos(1L << 40));
    Link oneWay = new Link(new LinkSettings(LinkSpeed.UNLIMITED, SPEED));
    assertNull(oneWay.enter(LinkDirection.TO_DEVICE, 0, 1));
    assertNotNull(oneWay.enter(LinkDirection.TO_HOST, 0, 1));
  }

  @Test
  void aSpeedOutOfRangeIsRefused() {
    assertThrows(UserException.class, () -> new LinkSpeed(999, 0));
    assertThrows(UserException.class, () -> new LinkSpeed(-1, 0));
    assertThrows(UserException.class, () -> new LinkSpeed(1000, -1));
    assertThrows(UserException.class, () -> new LinkSpeed(1000, 3_600_000_000_001L));
  }
}
