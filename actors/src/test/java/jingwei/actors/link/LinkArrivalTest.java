package jingwei.actors.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LinkArrivalTest {
  /** 2,000 bytes take 2 s up, and 0.5 s down with 3 s of latency. */
  @Test
  void theSlowerDirectionCountsWithItsLatency() {
    Link link = new Link(new LinkSettings(new LinkSpeed(1000, 0), new LinkSpeed(4000, SECOND * 3)));
    assertEquals(2 * SECOND, link.longestNanos(2000));
    assertEquals(SECOND * 7 / 2, link.longestArrivalNanos(2000));
    assertEquals(0, new Link(LinkSettings.UNLIMITED).longestArrivalNanos(2000));
  }

  private static final long SECOND = 1_000_000_000;
}
