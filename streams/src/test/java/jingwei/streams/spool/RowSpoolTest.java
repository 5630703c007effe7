package jingwei.streams.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RowSpoolTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private final AtomicBoolean stopped = new AtomicBoolean();

  @Test
  void givesOutTheRowsOfThePipeAndClosesALastRowThatHasNoLineEnd() throws IOException {
    AtomicLong acknowledged = new AtomicLong();
    assertEquals("{}\nb\n{\"c\": 1}\n", read("{}\nb\n{\"c\": 1}", acknowledged));
    assertEquals(3, acknowledged.get());
    assertTrue(spool().isComplete());
    assertEquals("{}\nb\n{\"c\": 1}\n", Files.readString(rows()));
  }

  /** The reader of the rows decides which values are valid, not the spool. */
  @ParameterizedTest
  @ValueSource(strings = {"NaN", "-Infinity", "7", "["})
  void takesALastRowWithAnyValueThatARowMayHold(String value) throws IOException {
    String many =
        switch (value) {
          case "7" -> "7".repeat(5000);
          case "[" -> "[".repeat(2000) + "]".repeat(2000);
          default -> value;
        };
    String last = "{\"other\": " + many + "}";
    assertEquals("{}\n" + last + "\n", read("{}\n" + last, new AtomicLong()));
  }

  @Test
  void neverReadsThePipeAgainAfterItsEnd() throws IOException {
    read("a\nb\n", new AtomicLong());
    assertEquals("a\nb\n", read("other rows\n", new AtomicLong()));
  }

  @Test
  void goesOnWithThePipeAfterTheRowsThatItHolds() throws IOException {
    interrupted("a\nb\n");
    assertFalse(spool().isComplete());
    AtomicLong acknowledged = new AtomicLong();
    assertEquals("a\nb\nc\n", read("c\n", acknowledged));
    assertEquals(3, acknowledged.get());
  }

  /** A crash may leave part of a row; it was never acknowledged. */
  @Test
  void cutsOffARowThatIsNotWhole() throws IOException {
    interrupted("a\nb\n");
    Files.writeString(rows(), "half a r", StandardOpenOption.APPEND);
    assertEquals("a\nb\nhalf a row\n", read("half a row\n", new AtomicLong()));
  }

  /** A row that is given out is in the file already, and is the last one acknowledged. */
  @Test
  void holdsEveryRowBeforeItGivesItOut() throws IOException {
    List<Long> told = new ArrayList<>();
    PipedInputStream pipe = new PipedInputStream();
    try (PipedOutputStream producer = new PipedOutputStream(pipe);
        InputStream in = spool().open(pipe, LONG, told::add, () -> false)) {
      StringBuilder read = new StringBuilder();
      for (int row = 0; row < 5; row++) {
        producer.write(("row " + row + "\n").getBytes(StandardCharsets.UTF_8));
        producer.flush();
        byte[] bytes = new byte[64];
        read.append(new String(bytes, 0, in.read(bytes), StandardCharsets.UTF_8));
        assertTrue(Files.readString(rows()).startsWith(read.toString()));
        assertEquals(row + 1, told.getLast());
      }
    }
  }

  @Test
  void refusesRowsThatHaveChanged() throws IOException {
    read("a\nb\n", new AtomicLong());
    Files.writeString(rows(), "a\nX\n");
    assertThrows(UserException.class, () -> read("", new AtomicLong()));
    Files.writeString(rows(), "a\n");
    assertThrows(UserException.class, () -> read("", new AtomicLong()));
  }

  @Test
  void namesTheAwaitedRowPastItsDeadline() throws IOException {
    PipedInputStream silent = new PipedInputStream();
    try (PipedOutputStream producer = new PipedOutputStream(silent);
        InputStream in = spool().open(silent, Duration.ofMillis(300), rows -> {}, () -> false)) {
      producer.write("a\n".getBytes(StandardCharsets.UTF_8));
      producer.flush();
      assertEquals(2, in.read(new byte[10]));
      String message =
          assertThrows(UncheckedIOException.class, () -> in.read(new byte[10])).getMessage();
      assertTrue(message.contains("for the next row of standard input; 1 rows are kept"), message);
    }
  }

  @Test
  void acceptsOnlyARealEnd() throws IOException {
    assertThrows(UserException.class, () -> read("", new AtomicLong()));
    assertFalse(Files.exists(rows()), "nothing is left of a pipe that gave nothing");
    assertThrows(UncheckedIOException.class, () -> read("{}\n{\"text\": \"cu", new AtomicLong()));
    assertFalse(spool().isComplete(), "the producer was killed in a row");
    assertThrows(UserException.class, () -> read("", new AtomicLong()));
    stopped.set(true);
    assertThrows(UncheckedIOException.class, () -> read("{}\n", new AtomicLong()));
    assertFalse(spool().isComplete(), "the end came with a signal");
    stopped.set(false);
    assertEquals("{}\n{}\n\n", read("\n", new AtomicLong()), "an empty line ends it");
    assertTrue(spool().isComplete());
  }

  /** Leaves the spool of a process that is killed before the pipe has ended. */
  private void interrupted(String given) throws IOException {
    PipedInputStream pipe = new PipedInputStream();
    try (PipedOutputStream producer = new PipedOutputStream(pipe);
        InputStream in = spool().open(pipe, LONG, rows -> {}, () -> false)) {
      producer.write(given.getBytes(StandardCharsets.UTF_8));
      producer.flush();
      in.readNBytes(given.length());
    }
  }

  private String read(String pipe, AtomicLong acknowledged) throws IOException {
    InputStream bytes = new ByteArrayInputStream(pipe.getBytes(StandardCharsets.UTF_8));
    try (InputStream in = spool().open(bytes, LONG, acknowledged::set, stopped::get)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private RowSpool spool() {
    return new RowSpool(folder.resolve("spool"));
  }

  private Path rows() {
    return folder.resolve("spool/rows.jsonl");
  }
}
