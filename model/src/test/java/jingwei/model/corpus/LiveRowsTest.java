package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class LiveRowsTest {
  private static final int LONGEST = 1024;
  private static final LiveRows.Rules RULES =
      new LiveRows.Rules("-", List.of("en", "zh"), LiveRowsTest::refusePairs, LONGEST);
  private final Growing input = new Growing();
  private final LiveRows rows = new LiveRows(input, LiveRows.Place.START, RULES);

  /** Whole rows that arrive from time to time. */
  private static final class Growing extends InputStream {
    private byte[] bytes = {};
    private int given;

    void add(String rows) {
      bytes = (new String(bytes, StandardCharsets.UTF_8) + rows).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int read() {
      return given == bytes.length ? -1 : bytes[given++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      int count = Math.min(length, bytes.length - given);
      System.arraycopy(bytes, given, into, offset, count);
      given += count;
      return count == 0 ? -1 : count;
    }
  }

  @Test
  void readsRowsAsTheyArrive() throws IOException {
    assertEquals(Optional.empty(), rows.next());
    input.add(row("en", "one") + row("zh", "two"));
    assertEquals("-#1 en [one]", next());
    assertEquals("-#2 zh [two]", next());
    assertEquals(Optional.empty(), rows.next());
    assertEquals(Optional.empty(), rows.next());
    input.add("\n" + row("en", " three\\r\\n"));
    assertEquals("-#4 en [three]", next());
    assertEquals(Optional.empty(), rows.next());
  }

  @Test
  void rejectsARowWithItsPlaceAndReason() throws IOException {
    String first = row("en", "one");
    input.add(first + row("fr", "deux"));
    assertEquals("-#1 en [one]", next());
    RejectedRow foreign = unusable();
    assertEquals(2, foreign.line());
    assertEquals(first.length(), foreign.byteOffset());
    assertEquals("the domain 'fr' is not one of data.domains (en, zh)", foreign.reason());
    input.add("{\"text\": \"no domain\"}\n");
    assertTrue(unusable().reason().startsWith("no field 'domain'"));
    input.add("{\"domain\": \"en\", \"zh\": \"a\", \"en\": \"b\"}\n");
    assertEquals("no pairs", unusable().reason());
    input.add(row("en", "x".repeat(LONGEST)) + row("en", "six"));
    assertEquals("line longer than 1024 bytes", unusable().reason());
    assertEquals("-#6 en [six]", next());
  }

  @Test
  void goesOnFromAnyPlace() throws IOException {
    String all = row("en", "one") + "\n" + row("fr", "no") + row("zh", "two");
    input.add(all);
    LiveRows.LiveRow first = rows.next().orElseThrow();
    Growing rest = new Growing();
    rest.add(all.substring((int) first.end().bytes()));
    LiveRows later = new LiveRows(rest, first.end(), RULES);
    assertEquals(rows.next(), later.next());
    assertEquals(rows.next(), later.next());
    assertEquals(Optional.empty(), later.next());
  }

  @Test
  void holdsARowOutByTheHashOfItsTextsAlone() {
    HeldOut share = new HeldOut(0.2);
    List<Document> heldOut = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Document document = new Document.Plain("-#" + i, "en", "", "text " + i);
      if (share.holdsOut(document)) {
        heldOut.add(document);
      }
    }
    assertEquals(200, heldOut.size(), 40);
    for (Document each : heldOut) {
      String text = each.texts().getFirst();
      assertTrue(share.holdsOut(new Document.Plain("other", "zh", "java", " " + text + "\r\n")));
      assertTrue(
          share.holdsOut(
              new Document.Pair(
                  "pair", "zh", new Document.Side("zh", "any"), new Document.Side("en", text))));
    }
    assertTrue(heldOut.stream().noneMatch(new HeldOut(0)::holdsOut));
  }

  private static void refusePairs(Document document) {
    if (document instanceof Document.Pair) {
      throw new UserException("no pairs");
    }
  }

  private String next() throws IOException {
    Document document = rows.next().orElseThrow().document().orElseThrow();
    return document.id() + " " + document.domain() + " " + document.texts();
  }

  private RejectedRow unusable() throws IOException {
    return rows.next().orElseThrow().rejected().orElseThrow();
  }

  private static String row(String domain, String text) {
    return "{\"domain\": \"%s\", \"text\": \"%s\"}\n".formatted(domain, text);
  }
}
