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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class GrowingSpoolTest {
  @TempDir private Path folder;
  private final AtomicBoolean stopped = new AtomicBoolean();

  @Test
  void givesEveryReaderTheRowsThatAreOnDisk() throws IOException {
    try (GrowingSpool spool = spool().grow()) {
      RowInput early = spool.reader();
      assertEquals("", read(early));
      assertEquals(2, append(spool, "a\nb\n"));
      assertEquals("a\nb\n", Files.readString(rows()));
      assertEquals("a\nb\n", read(early));
      assertEquals(3, append(spool, "c\n"));
      assertEquals("c\n", read(early));
      assertEquals("a\nb\nc\n", read(spool.reader()));
      assertEquals(3, spool.count());
    }
  }

  @Test
  void takesWholeRowsOnly() {
    try (GrowingSpool spool = spool().grow()) {
      assertThrows(IllegalArgumentException.class, () -> append(spool, "half a r"));
      assertThrows(IllegalArgumentException.class, () -> append(spool, ""));
      assertEquals(1, append(spool, "a\n"));
    }
  }

  @Test
  void waitsForTheNextRowAndForTheEnd() throws Exception {
    try (GrowingSpool spool = spool().grow()) {
      RowInput reader = spool.reader();
      CompletableFuture<Boolean> waiting =
          CompletableFuture.supplyAsync(() -> reader.await(() -> false));
      append(spool, "a\n");
      assertTrue(waiting.get(20, TimeUnit.SECONDS));
      assertEquals("a\n", read(reader));
      assertFalse(reader.await(() -> true), "given up");
      CompletableFuture<Boolean> last =
          CompletableFuture.supplyAsync(() -> reader.await(() -> false));
      spool.end();
      assertFalse(last.get(20, TimeUnit.SECONDS));
      assertThrows(IllegalStateException.class, () -> append(spool, "b\n"));
    }
    assertTrue(spool().isComplete());
  }

  @Test
  void endsTheWaitWhenItIsClosed() throws Exception {
    GrowingSpool spool = spool().grow();
    append(spool, "a\n");
    RowInput reader = spool.reader();
    read(reader);
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(() -> reader.await(() -> false));
    spool.close();
    assertFalse(waiting.get(20, TimeUnit.SECONDS));
    assertFalse(spool.awaitRoom(1));
    assertFalse(spool().isComplete());
  }

  @Test
  void givesItsRowsButTakesNoMoreAfterItHasStopped() throws IOException {
    try (GrowingSpool spool = spool().grow()) {
      append(spool, "a\n");
      spool.stop();
      assertThrows(IllegalStateException.class, () -> append(spool, "b\n"));
      spool.fail(new IllegalStateException("too late"));
      assertTrue(spool.failure().isEmpty());
      RowInput reader = spool.reader();
      assertTrue(reader.await(() -> false));
      assertEquals("a\n", read(reader));
      assertFalse(reader.await(() -> false));
    }
    assertFalse(spool().isComplete());
  }

  @Test
  void goesOnAfterTheRowsThatItHolds() throws IOException {
    try (GrowingSpool spool = spool().grow()) {
      append(spool, "a\nb\n");
    }
    Files.writeString(rows(), "half a r", StandardOpenOption.APPEND);
    try (GrowingSpool spool = spool().grow()) {
      assertEquals(2, spool.count(), "the row was never acknowledged");
      append(spool, "c\n");
      spool.end();
      assertEquals("a\nb\nc\n", read(spool.reader()));
    }
    try (GrowingSpool ended = spool().grow();
        InputStream read = spool().read()) {
      assertTrue(ended.isEnded());
      assertEquals("a\nb\nc\n", read(ended.reader()));
      assertEquals("a\nb\nc\n", new String(read.readAllBytes(), StandardCharsets.UTF_8));
    }
    Files.writeString(rows(), "a\nX\nc\n");
    assertThrows(UserException.class, () -> spool().grow());
  }

  @Test
  void leavesNothingOfASourceThatGaveNothing() {
    spool().grow().close();
    assertFalse(Files.exists(folder.resolve("spool")));
  }

  @Test
  void letsASourceWaitUntilOneReaderHasRead() throws Exception {
    try (GrowingSpool spool = spool().grow()) {
      append(spool, "0123456789\n");
      assertTrue(spool.awaitRoom(11));
      CompletableFuture<Boolean> room = CompletableFuture.supplyAsync(() -> spool.awaitRoom(10));
      RowInput slow = spool.reader();
      assertEquals("0123456789\n", read(spool.reader()));
      assertTrue(room.get(20, TimeUnit.SECONDS));
      assertEquals("0123456789\n", read(slow));
    }
  }

  @Test
  void acknowledgesARowOfThePipeWhenItIsOnDisk() throws Exception {
    PipedInputStream pipe = new PipedInputStream();
    LinkedBlockingQueue<Long> told = new LinkedBlockingQueue<>();
    try (PipedOutputStream producer = new PipedOutputStream(pipe);
        GrowingSpool spool = spool().grow()) {
      RowIntake.start(pipe, spool, 1000, told::add, stopped::get);
      StringBuilder given = new StringBuilder();
      for (long row = 1; row <= 5; row++) {
        String line = "row " + row + "\n";
        given.append(line);
        producer.write((line + "part of the").getBytes(StandardCharsets.UTF_8));
        producer.flush();
        assertEquals(row, told.poll(20, TimeUnit.SECONDS));
        assertEquals(given.toString(), Files.readString(rows()));
        given.append("part of the");
      }
    }
  }

  @Test
  void endsWithThePipe() throws IOException {
    take("{}\nb\n{\"c\": 1}");
    assertTrue(spool().isComplete());
    assertEquals("{}\nb\n{\"c\": 1}\n", Files.readString(rows()));
  }

  @Test
  void acceptsOnlyARealEnd() throws IOException {
    assertTrue(failure("").getMessage().startsWith("Standard input gave no row"));
    assertFalse(Files.exists(rows()));
    assertTrue(failure("{}\n{\"text\": \"cu").getMessage().contains("in the middle of a row"));
    assertTrue(failure("").getMessage().contains("after the 1 rows that are kept"));
    stopped.set(true);
    assertTrue(failure("{}\n").getMessage().contains("was stopped"));
    assertFalse(spool().isComplete(), "the end came with a signal");
    stopped.set(false);
    take("\n");
    assertTrue(spool().isComplete());
    assertEquals("{}\n{}\n\n", Files.readString(rows()));
  }

  private void take(String pipe) throws IOException {
    try (GrowingSpool spool = spool().grow()) {
      RowInput reader = start(spool, pipe);
      while (reader.await(() -> false)) {
        read(reader);
      }
      assertTrue(spool.failure().isEmpty(), spool.failure().toString());
    }
  }

  private RuntimeException failure(String pipe) throws IOException {
    try (GrowingSpool spool = spool().grow()) {
      RowInput reader = start(spool, pipe);
      while (reader.await(() -> false)) {
        read(reader);
      }
      return spool.failure().orElseThrow();
    }
  }

  private RowInput start(GrowingSpool spool, String pipe) {
    InputStream bytes = new ByteArrayInputStream(pipe.getBytes(StandardCharsets.UTF_8));
    RowIntake.start(bytes, spool, 1000, rows -> {}, stopped::get);
    return spool.reader();
  }

  private static long append(GrowingSpool spool, String rows) {
    return spool.append(ByteBuffer.wrap(rows.getBytes(StandardCharsets.UTF_8)));
  }

  private static String read(RowInput reader) throws IOException {
    return new String(reader.readAllBytes(), StandardCharsets.UTF_8);
  }

  private RowSpool spool() {
    return new RowSpool(folder.resolve("spool"));
  }

  private Path rows() {
    return folder.resolve("spool/rows.jsonl");
  }
}
