package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines as other systems and programs write them; each byte stands for itself (Latin-1). */
class RowReaderTest {
  private static final int LONGEST = 1024;
  private final List<Document> documents = new ArrayList<>();
  private final List<RejectedRow> rejected = new ArrayList<>();
  private final RowReader reader =
      new RowReader(
          new SourceSettings(
              new HeldOut(0),
              LONGEST,
              1024,
              SourceSettings.OnRejected.SKIP,
              1,
              SourceSettings.FileOrder.CONTENT),
          documents::add,
          rejected::add);

  @Test
  void endsLinesAsAnySystemDoes() throws IOException {
    String rows = "{\"text\":\"1\"}#{\"text\":\"2\"}##{\"text\":\"3\"}";
    for (String end : List.of("\n", "\r\n", "\r")) {
      for (String last : List.of("", end)) {
        documents.clear();
        jsonl(rows.replace("#", end) + last);
        assertEquals(List.of("1", "2", "3"), texts());
        assertEquals("rows#4", documents.getLast().id());
        documents.clear();
        text("one#two##three".replace("#", end) + last);
        assertEquals(List.of("one\ntwo\n\nthree\n"), texts());
      }
    }
    assertEquals(List.of(), rejected);
  }

  @Test
  void doesNotEndALineInsideAString() throws IOException {
    jsonl("{\"text\":\"1\"}\n{\"text\":\"a\rb\"}\n{\"text\":\"3\"}\n");
    assertEquals(List.of("1", "3"), texts());
    assertEquals(1, rejected.size());
    assertEquals(3, reader.rows());
  }

  @Test
  void passesOverByteOrderMarksOfJoinedFiles() throws IOException {
    jsonl("\u00EF\u00BB\u00BF{\"text\":\"1\"}\n\u00EF\u00BB\u00BF{\"text\":\"2\"}\n");
    assertEquals(List.of("1", "2"), texts());
    documents.clear();
    text("\u00EF\u00BB\u00BFone\n\u00EF\u00BB\u00BFtwo\n");
    assertEquals(List.of("one\ntwo\n"), texts());
  }

  @Test
  void saysWhereAByteIsNotUtf8AndReadsTheOtherLines() throws IOException {
    jsonl("{\"text\":\"1\"}\n{\"text\":\"caf\u00e9\"}\n{\"text\":\"\u00ef\u00bf\u00bd\"}\n");
    assertEquals(List.of("1", "\uFFFD"), texts(), "U+FFFD itself is a character");
    assertEquals(
        "rows line 2, byte 13 (not UTF-8: 0xe9 at byte 12)", rejected.getFirst().description());
    documents.clear();
    text("good\n\u00ed\u00a0\u0080 half a pair\n\u00c0\u0080\nmore\n");
    assertEquals(List.of("good\nmore\n"), texts());
    assertEquals(List.of(2L, 2L, 3L), rejected.stream().map(RejectedRow::line).toList());
    assertEquals(List.of(13L, 5L, 21L), rejected.stream().map(RejectedRow::byteOffset).toList());
    assertEquals(3 + 4, reader.rows());
  }

  @Test
  void rejectsLinesBeyondTheLimitAndReadsTheNext() throws IOException {
    String longest = "{\"text\":\"" + "x".repeat(LONGEST - 11) + "\"}";
    assertEquals(LONGEST, longest.length());
    jsonl(longest + "\n" + longest + " \n{\"text\":\"2\"}\n" + "y".repeat(200_000));
    assertEquals(2, documents.size());
    assertEquals(List.of(2L, 4L), rejected.stream().map(RejectedRow::line).toList());
    assertEquals("line longer than 1024 bytes", rejected.getFirst().reason());
    assertEquals(4, reader.rows());
  }

  @Test
  void namesOtherEncodingsAndCompressions() {
    for (String encoding : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32")) {
      byte[] bytes = "{\"text\": \"some words\"}\n".repeat(50).getBytes(Charset.forName(encoding));
      String expected = encoding.substring(0, 6);
      if (encoding.equals("UTF-32")) { // Java writes no mark
        bytes = join(new byte[] {0, 0, (byte) 0xFE, (byte) 0xFF}, bytes);
      }
      assertTrue(refused(bytes).contains(expected), encoding + ": " + refused(bytes));
    }
    assertTrue(refused(latin("\u00ff\u00fe{\u0000")).contains("UTF-16"));
    assertTrue(refused(latin("\u001f\u008b\u0008rest")).contains("gzip"));
    assertTrue(refused(latin("(\u00b5/\u00fdrest")).contains("Zstandard"));
    assertTrue(refused(latin("PK\u0003\u0004rest")).contains("zip"));
    assertTrue(refused(latin("\u00fd7zXZ\u0000rest")).contains("xz"));
  }

  @Test
  void treatsZerosInTextAsBlanks() throws IOException {
    text("one\u0000two\nthree\n");
    assertEquals(
        "one two\nthree", CleanDocument.of(documents.getFirst()).document().texts().getFirst());
    jsonl("{\"text\":\"a\\u0000b\"}\n{\"text\":\u0000\"a\"}\n");
    assertEquals("a b", CleanDocument.of(documents.get(1)).document().texts().getFirst());
    assertTrue(rejected.getFirst().reason().contains("CTRL-CHAR, code 0"), rejected.toString());
  }

  /** A pipe gives a few bytes at a time. */
  @Test
  void readsTheSameRowsFromSmallChunks() throws IOException {
    String rows = "{\"text\":\"\u00e4\u00b8\u0080\"}\r\n".repeat(9000);
    InputStream slow =
        new FilterInputStream(new ByteArrayInputStream(latin(rows))) {
          private int next = 1;

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            next = next % 5 + 1;
            return super.read(bytes, offset, Math.min(next, length));
          }
        };
    reader.jsonl("rows", "en", slow);
    assertEquals(9000, documents.size());
    assertEquals("\u4E00", texts().getLast());
    assertEquals(List.of(), rejected);
  }

  private String refused(byte[] bytes) {
    String message =
        assertThrows(
                DataFileException.class,
                () -> reader.text("rows", "en", new ByteArrayInputStream(bytes)))
            .getMessage();
    assertThrows(
        DataFileException.class, () -> reader.jsonl("rows", "en", new ByteArrayInputStream(bytes)));
    return message;
  }

  private List<String> texts() {
    return documents.stream().flatMap(document -> document.texts().stream()).toList();
  }

  private void jsonl(String rows) throws IOException {
    reader.jsonl("rows", "en", new ByteArrayInputStream(latin(rows)));
  }

  private void text(String text) throws IOException {
    reader.text("rows", "en", new ByteArrayInputStream(latin(text)));
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[] first, byte[] second) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(first);
    all.writeBytes(second);
    return all.toByteArray();
  }
}
