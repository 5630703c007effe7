package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ThreadTimesTest {
  @Test
  void threadsAreKnownByWhatTheyDo() {
    assertEquals("workers", ThreadTimes.group("jingwei-1-jingwei.workers-7"));
    assertEquals("transport", ThreadTimes.group("jingwei-transport-1"));
    assertEquals("Artery", ThreadTimes.group("jingwei-pekko.remote.default-remote-dispatcher-9"));
    assertEquals("control", ThreadTimes.group("jingwei-pekko.actor.default-dispatcher-3"));
    assertEquals("Aeron driver", ThreadTimes.group("[sender,receiver,driver-conductor]"));
    assertEquals("other", ThreadTimes.group("C2 CompilerThread0"));
  }
}
