package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSourcesTest {
  private static final InputStream NOTHING = InputStream.nullInputStream();
  private static final SourceSettings ALL =
      new SourceSettings(
          new HeldOut(0),
          1 << 20,
          64 << 10,
          SourceSettings.OnRejected.SKIP,
          1,
          SourceSettings.FileOrder.CONTENT);

  @TempDir private Path folder;

  @Test
  void readsFilesFoldersAndGlobsInTheOrderOfTheirPaths() throws IOException {
    write("b/two.txt", "second");
    write("a/one.txt", "first");
    write("a/rows.jsonl", "{\"text\": \"third\"}\n{\"other\": 1, \"text\": \"fourth\"}\n");
    write("a/skip.md", "never");
    assertEquals(List.of("first", "third", "fourth", "second"), texts("en=" + folder));
    assertEquals(List.of("first", "second"), texts("en=" + folder + "/*/*.txt"));
    assertEquals(List.of("second"), texts("en=" + folder.resolve("b/two.txt")));
  }

  @Test
  void readsPairsAndRowsWithDomainsFromStandardInput() {
    Corpus corpus =
        read(
            "{\"domain\":\"x\",\"text\":\"one\"}\n{\"domain\":\"y\",\"zh\":\"\u4E8C\",\"en\":\"two\"}\n{\"text\":\"lost\"}\n",
            "-");
    assertEquals(List.of("x", "y"), List.copyOf(corpus.domains().keySet()));
    assertTrue(corpus.domains().get("y").train().getFirst() instanceof Document.Pair);
    assertEquals(1, corpus.rejected().total());
  }

  @Test
  void rejectsRowsThatCannotBeUsedAndSaysWhere() throws IOException {
    String rows =
        """
        {"text": "good"}
        {"text": 5}
        not JSON
        {"text": "one"} {"text": "two"}
        {"other": "x"}
        {"text": "lone \\ud800 surrogate"}
        {"text": "good too"}
        """;
    byte[] bytes = rows.getBytes(StandardCharsets.UTF_8);
    byte[] withBadByte =
        (new String(bytes, StandardCharsets.ISO_8859_1) + "{\"text\": \"\u00ff\"}\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    Files.write(folder.resolve("rows.jsonl"), withBadByte);
    Corpus corpus = read("", "en=" + folder.resolve("rows.jsonl"));
    assertEquals(2, corpus.domains().get("en").train().size());
    List<Long> lines = corpus.rejected().first().stream().map(row -> row.line()).toList();
    assertEquals(List.of(2L, 3L, 4L, 5L, 6L, 8L), lines);
    assertEquals(
        List.of(17L, 29L),
        corpus.rejected().first().stream().limit(2).map(RejectedRow::byteOffset).toList());
    assertTrue(corpus.rejected().first().stream().noneMatch(row -> row.reason().isBlank()));
  }

  @Test
  void reportsEveryRejectedRow() throws IOException {
    write("rows.jsonl", "{\"text\": \"good\"}\n" + "broken\n".repeat(2500));
    List<RejectedRow> rejected = new ArrayList<>();
    Corpus corpus =
        DataSources.of(List.of("en=" + folder.resolve("rows.jsonl")), ALL)
            .read(NOTHING, rejected::add);
    assertEquals(2500, rejected.size());
    assertEquals(2500, corpus.rejected().total());
    assertEquals(2501, corpus.rejected().rows());
  }

  @Test
  void stopsAtTheFirstBadRowOrAtTooManyIfConfigured() throws IOException {
    write("rows.jsonl", "{\"text\": \"good\"}\nbroken\n{\"text\": \"fine\"}\n");
    String source = "en=" + folder.resolve("rows.jsonl");
    SourceSettings stop =
        new SourceSettings(
            new HeldOut(0),
            1 << 20,
            64 << 10,
            SourceSettings.OnRejected.STOP,
            1,
            SourceSettings.FileOrder.CONTENT);
    String first =
        assertThrows(
                UserException.class,
                () -> DataSources.of(List.of(source), stop).read(NOTHING, row -> {}))
            .getMessage();
    assertTrue(first.contains("rows.jsonl line 2, byte 17 (not JSON, column 1: "), first);
    SourceSettings strict =
        new SourceSettings(
            new HeldOut(0),
            1 << 20,
            64 << 10,
            SourceSettings.OnRejected.SKIP,
            0.3,
            SourceSettings.FileOrder.CONTENT);
    String share =
        assertThrows(
                UserException.class,
                () -> DataSources.of(List.of(source), strict).read(NOTHING, row -> {}))
            .getMessage();
    assertTrue(share.contains("1 of 3 rows"), share);
  }

  @Test
  void acceptsByteOrderMarksAndLineEndings() throws IOException {
    write("rows.jsonl", "\uFEFF{\"text\": \"one\"}\r\n\r\n{\"text\": \"two\\r\\nlines\"}\r\n");
    assertEquals(List.of("one", "two\nlines"), texts("en=" + folder.resolve("rows.jsonl")));
  }

  @Test
  void leavesOutEmptyAndRepeatedTexts() throws IOException {
    write(
        "rows.jsonl",
        "{\"text\": \"same\"}\n{\"text\": \"  same \"}\n{\"text\": \" \\n\"}\n{\"text\": \"\\u0000\"}\n");
    Corpus corpus = read("", "en=" + folder.resolve("rows.jsonl"));
    assertEquals(1, corpus.domains().get("en").train().size());
    assertEquals(1, corpus.dropped().get(DropReason.DUPLICATE));
    assertEquals(2, corpus.rejected().total(), "the empty rows");
  }

  @Test
  void holdsOutTheSameDocumentsInAnyOrder() throws IOException {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      rows.add("{\"text\": \"row number " + i + "\"}");
    }
    write("a.jsonl", String.join("\n", rows));
    write("b.jsonl", String.join("\n", rows.reversed()));
    Set<String> first = heldOut("en=" + folder.resolve("a.jsonl"));
    assertEquals(first, heldOut("en=" + folder.resolve("b.jsonl")));
    assertTrue(first.size() > 5 && first.size() < 50, "held out " + first.size());
  }

  @Test
  void saysInOneSentenceWhatIsWrongWithASource() throws IOException {
    write("x.pdf", "x");
    write("empty.txt", "");
    for (String bad :
        List.of(
            "en",
            "=x",
            "en=" + folder.resolve("missing.txt"),
            "en=" + folder + "/*.nothing",
            "en=" + folder.resolve("x.pdf"),
            "en=" + folder.resolve("empty.txt"))) {
      String message = assertThrows(UserException.class, () -> read("", bad)).getMessage();
      assertEquals(1, message.lines().count());
      assertTrue(message.endsWith("."), message);
    }
    assertThrows(UserException.class, () -> read("", "-", "x=-"));
  }

  private Set<String> heldOut(String source) {
    Set<String> texts = new TreeSet<>();
    DataSources.of(List.of(source), SourceSettings.DEFAULT)
        .read(NOTHING, row -> {})
        .domains()
        .get("en")
        .heldOut()
        .forEach(document -> texts.addAll(document.texts()));
    return texts;
  }

  private List<String> texts(String source) {
    return DataSources.of(List.of(source), ALL.withOrder(SourceSettings.FileOrder.PATH))
        .read(NOTHING, row -> {})
        .domains()
        .get("en")
        .train()
        .stream()
        .flatMap(document -> document.texts().stream())
        .toList();
  }

  private static Corpus read(String standardInput, String... sources) {
    return DataSources.of(List.of(sources), ALL)
        .read(new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)), row -> {});
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
