package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The files under {@code parquet/} were written by parquet-java. They have five rows; the third has
 * no text, and the fourth only blanks.
 */
class SourceFormatTest {
  private static final SourceSettings ALL = SourceSettings.DEFAULT.withHeldOut(new HeldOut(0));
  private static final String ROWS = "{\"text\": \"one\"}\n{\"text\": \"\u4E8C\"}\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"uncompressed", "gzip", "snappy", "zstd"})
  void readsTheTextColumnOfParquet(String compression) throws IOException {
    List<RejectedRow> rejected = new ArrayList<>();
    Path file = resource("rows-" + compression + ".parquet");
    Corpus corpus = read("code=" + file, rejected);
    List<Document> documents = corpus.domains().get("code").train();
    assertEquals(
        List.of("the first row", "\u7B2C\u4E8C\u884C", "the fifth row, in Java"),
        documents.stream().flatMap(document -> document.texts().stream()).toList());
    assertEquals("java", ((Document.Plain) documents.getLast()).language());
    assertEquals(file + "#5", documents.getLast().id());
    assertEquals(List.of(3L, 4L), rejected.stream().map(RejectedRow::line).toList());
    assertEquals(5, corpus.rejected().rows());
  }

  @Test
  void readsPairsOfParquetAndRefusesFilesWithoutText() throws IOException {
    Corpus corpus = read("bilingual=" + resource("pairs.parquet"), new ArrayList<>());
    Document pair = corpus.domains().get("bilingual").train().getFirst();
    assertEquals(List.of("\u4E00\u53E5", "one sentence"), pair.texts());
    assertTrue(mistake("x=" + resource("numbers.parquet")).contains("no column 'text'"));
  }

  @Test
  void blamesTheRowAndNotTheFileIfEveryRowMustBeUsable() throws IOException {
    SourceSettings strict =
        new SourceSettings(
            new HeldOut(0),
            1 << 20,
            64 << 10,
            SourceSettings.OnRejected.STOP,
            1,
            SourceSettings.FileOrder.CONTENT);
    String source = "en=" + resource("rows-gzip.parquet");
    String message =
        assertThrows(
                UserException.class,
                () ->
                    DataSources.of(List.of(source), strict)
                        .read(InputStream.nullInputStream(), row -> {}))
            .getMessage();
    assertTrue(message.contains("The row at"), message);
  }

  @Test
  void saysWhichParquetFileIsDamaged() throws IOException {
    byte[] whole = Files.readAllBytes(resource("rows-gzip.parquet"));
    for (int length : new int[] {0, 3, 100, whole.length - 1}) {
      Path cut = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(whole, length));
      assertTrue(mistake("en=" + cut).contains("cut.parquet cannot be read"));
    }
    byte[] lying = whole.clone();
    lying[whole.length - 6] = 0x7F; // the footer's length
    Path file = Files.write(folder.resolve("lying.parquet"), lying);
    assertTrue(mistake("en=" + file).contains("lying.parquet cannot be read"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows.jsonl.gz", "rows.jsonl.zst"})
  void readsCompressedRowsAndSaysWhenTheyAreCutShort(String name) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = compressed(file)) {
      out.write(ROWS.getBytes(StandardCharsets.UTF_8));
    }
    List<Document> documents = read("en=" + file, new ArrayList<>()).domains().get("en").train();
    assertEquals(
        List.of("one", "\u4E8C"), documents.stream().flatMap(d -> d.texts().stream()).toList());
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 5));
    assertTrue(mistake("en=" + file).contains(name + " cannot be read"));
    Files.writeString(file, ROWS);
    assertTrue(mistake("en=" + file).contains(name + " cannot be read"));
  }

  @Test
  void readsCompressedText() throws IOException {
    Path file = folder.resolve("a.txt.gz");
    try (OutputStream out = compressed(file)) {
      out.write("a text\nof two lines\n".getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(
        List.of("a text\nof two lines"),
        read("en=" + folder, new ArrayList<>()).domains().get("en").train().getFirst().texts());
  }

  private static OutputStream compressed(Path file) throws IOException {
    OutputStream raw = Files.newOutputStream(file);
    return file.toString().endsWith(".gz")
        ? new GZIPOutputStream(raw)
        : new ZstdOutputStream(raw).setChecksum(true);
  }

  private static String mistake(String source) {
    String message =
        assertThrows(UserException.class, () -> read(source, new ArrayList<>())).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private static Corpus read(String source, List<RejectedRow> rejected) {
    return DataSources.of(List.of(source), ALL).read(InputStream.nullInputStream(), rejected::add);
  }

  private static Path resource(String name) throws IOException {
    return Path.of("src/test/resources/parquet", name).toRealPath();
  }
}
