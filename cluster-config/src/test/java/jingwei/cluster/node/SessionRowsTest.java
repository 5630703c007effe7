package jingwei.cluster.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import jingwei.cluster.session.LeadLostException;
import org.junit.jupiter.api.Test;

class SessionRowsTest {
  private boolean isLeadLost;
  private long nanos;
  private final SessionRows rows =
      new SessionRows(
          () -> {
            if (isLeadLost) {
              throw new LeadLostException("another node leads");
            }
          },
          () -> nanos);

  /** Otherwise the second client would be told too few rows, and would send some again. */
  @Test
  void anotherClientWaitsUntilTheRowsOfTheFirstAreDurableAndItIsSilent() {
    rows.open();
    rows.kept(0, false);
    rows.connect("a", 1);
    rows.take("a", 1, 0, "1\n2\n3\n4".getBytes(UTF_8), false);

    assertFalse(rows.connect("b", 1).isConnected());
    rows.kept(2, false);
    assertFalse(rows.connect("b", 1).isConnected());
    rows.kept(3, false);
    assertFalse(rows.connect("b", 1).isConnected());
    nanos += TimeUnit.SECONDS.toNanos(10);
    SessionRows.Receipt connected = rows.connect("b", 1);
    assertTrue(connected.isConnected());
    assertEquals(3, connected.rows());
    assertFalse(rows.take("a", 1, 7, new byte[] {'\n'}, false).isConnected());
  }

  @Test
  void bytesThatComeTwiceOrTooEarlyAreNotTaken() throws IOException {
    InputStream pipe = rows.open();
    rows.kept(0, false);
    rows.connect("a", 1);
    rows.take("a", 1, 0, "1\n".getBytes(UTF_8), false);
    rows.take("a", 1, 0, "1\n".getBytes(UTF_8), false);
    rows.take("a", 1, 9, "x\n".getBytes(UTF_8), false);
    rows.take("a", 1, 2, "2".getBytes(UTF_8), true);

    assertEquals("1\n2", new String(pipe.readAllBytes(), UTF_8));
  }

  @Test
  void nobodyConnectsBeforeTheRunHasSaidWhatIsDurable() {
    rows.open();
    assertFalse(rows.connect("a", 1).isConnected());
    assertTrue(rows.kept().isEmpty());
    rows.kept(5, false);
    assertEquals(5, rows.connect("a", 1).rows());
  }

  @Test
  void rowsThatDoNotFitAreNotTaken() {
    rows.open();
    rows.kept(0, false);
    rows.connect("a", 1);
    byte[] many = "x\n".repeat(1 << 19).getBytes(UTF_8);

    assertEquals(many.length, rows.take("a", 1, 0, many, false).received());
    assertEquals(many.length, rows.take("a", 1, many.length, many, false).received());
  }

  @Test
  void aLeaderThatLostTheLeadReadsNoRow() {
    InputStream pipe = rows.open();
    rows.kept(0, false);
    rows.connect("a", 1);
    rows.take("a", 1, 0, "1\n".getBytes(UTF_8), false);
    isLeadLost = true;

    assertThrows(LeadLostException.class, pipe::read);
  }

  @Test
  void aNewReadingEndsTheOneBeforeItAndForgetsItsRows() {
    InputStream old = rows.open();
    rows.kept(0, false);
    rows.connect("a", 1);
    rows.take("a", 1, 0, "1\n".getBytes(UTF_8), false);
    rows.open();

    assertThrows(IOException.class, old::read);
    assertFalse(rows.take("a", 1, 2, new byte[0], false).isConnected());
  }
}
