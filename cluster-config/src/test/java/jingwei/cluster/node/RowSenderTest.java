package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.cluster.session.FaultException;
import jingwei.model.SeededRandom;
import jingwei.streams.spool.GrowingSpool;
import jingwei.streams.spool.RowInput;
import jingwei.streams.spool.RowIntake;
import jingwei.streams.spool.RowSpool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of a client in the spool of a session, while leaders are lost and messages come twice. */
@Timeout(60)
class RowSenderTest {
  private static final int MOST_ROW_BYTES = 300_000;

  @TempDir Path folder;
  private final ObjectMapper mapper = new ObjectMapper();
  private final List<String> notes = new ArrayList<>();
  private SessionRows rows;
  private GrowingSpool spool;
  private String state = "running";
  private final AtomicLong nanos = new AtomicLong();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyRowIsKeptOnceAndInOrderWhateverIsLost(long seed) throws IOException {
    SeededRandom random = new SeededRandom(seed);
    byte[] stream = stream(random, seed % 2 == 0);
    lead();
    long kept =
        new RowSender(
                query -> {
                  switch (random.nextInt(12)) {
                    case 0 -> changeLeader();
                    case 1 -> answer(query); // its answer was lost
                    default -> {}
                  }
                  return answer(query);
                },
                "one",
                notes::add)
            .send(new ByteArrayInputStream(stream), MOST_ROW_BYTES);

    assertEquals(kept, spool.count());
    assertTrue(spool.isEnded());
    spool.close();
    assertArrayEquals(withLineEnd(stream), withoutEmptyLines());
  }

  @Test
  void aLaterClientContinuesAfterTheRowsThatAreKept() throws IOException {
    lead();
    RowSender first = new RowSender(this::answer, "one", notes::add);
    assertThrows(
        IllegalStateException.class,
        () -> first.send(new BrokenInput("{\"a\":1}\n{\"a\":2}\n{\"a\""), MOST_ROW_BYTES));

    nanos.addAndGet(TimeUnit.SECONDS.toNanos(10)); // the first one is not heard of any more
    long kept =
        new RowSender(this::answer, "one", notes::add)
            .send(new ByteArrayInputStream("{\"a\":3}".getBytes(StandardCharsets.UTF_8)), 100);

    assertEquals(3, kept);
    spool.close();
    assertEquals("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", Files.readString(file()));
  }

  @Test
  void aSessionThatIsDoneTakesNoMoreRowsAndOneThatFailedIsAFault() throws IOException {
    state = "done";
    RowSender sender = new RowSender(this::answer, "one", notes::add);
    assertEquals(0, sender.send(new ByteArrayInputStream(new byte[] {'\n'}), 100));
    assertEquals(
        List.of(
            "session one is done and takes no rows of this command",
            "session one is done; no more rows are read"),
        notes);

    state = "failed";
    FaultException failed =
        assertThrows(
            FaultException.class,
            () ->
                new RowSender(this::answer, "one", notes::add)
                    .send(new ByteArrayInputStream(new byte[] {'\n'}), 100));
    assertEquals("The session one is failed; 0 rows are kept.", failed.getMessage());
  }

  private String answer(Query query) {
    SessionRows.Receipt receipt =
        switch (query) {
          case Query.Connect connect ->
              rows == null
                  ? SessionRows.Receipt.NONE
                  : rows.connect(connect.client(), connect.connection());
          case Query.Rows sent ->
              rows.take(
                  sent.client(),
                  sent.connection(),
                  sent.at(),
                  Base64.getDecoder().decode(sent.base64()),
                  sent.isLast());
          default -> throw new AssertionError(query);
        };
    ObjectNode json = mapper.createObjectNode().put("state", state);
    return json.set("receipt", mapper.valueToTree(receipt)).toString();
  }

  /** Another node opens the spool and reads on. */
  private void changeLeader() {
    spool.close();
    rows.close();
    lead();
  }

  private void lead() {
    rows = new SessionRows(() -> {}, nanos::get);
    spool = new RowSpool(folder.resolve("spool")).grow();
    GrowingSpool own = spool;
    SessionRows ownRows = rows;
    var pipe = rows.open();
    rows.kept(spool.count(), spool.isEnded());
    readAll(own);
    RowIntake.start(
        pipe, own, MOST_ROW_BYTES, count -> ownRows.kept(count, own.isEnded()), () -> false);
  }

  /** Without a reader, the spool takes no more rows than fit. */
  private static void readAll(GrowingSpool spool) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (RowInput input = spool.reader()) {
                byte[] buffer = new byte[1 << 16];
                while (input.read(buffer) > 0 || input.await(() -> false)) {
                  // only the position of the reader matters
                }
              } catch (IOException closed) {
                // another leader follows
              }
            });
  }

  private Path file() {
    return folder.resolve("spool").resolve("rows.jsonl");
  }

  /** A leader that takes the end of a stream alone is given an empty line, which is no document. */
  private byte[] withoutEmptyLines() throws IOException {
    return Files.readString(file()).replaceFirst("\n+$", "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] withLineEnd(byte[] stream) {
    String text = new String(stream, StandardCharsets.UTF_8);
    return (text.endsWith("\n") ? text : text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] stream(SeededRandom random, boolean endsWithALineEnd) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int row = 0; row < 200; row++) {
      int length = row % 50 == 7 ? 250_000 : random.nextInt(4_000);
      stream.writeBytes(
          "{\"text\": \"%s %d\"}"
              .formatted("x".repeat(length), row)
              .getBytes(StandardCharsets.UTF_8));
      if (row < 199 || endsWithALineEnd) {
        stream.write('\n');
      }
    }
    return stream.toByteArray();
  }

  /** A pipe whose producer is killed. */
  private static final class BrokenInput extends ByteArrayInputStream {
    BrokenInput(String text) {
      super(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int read(byte[] into) throws IOException {
      int read = super.read(into);
      if (read < 0) {
        throw new IllegalStateException("killed");
      }
      return read;
    }
  }
}
