package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files under {@code parquet/} with names of more than one word were written by pyarrow. */
class ParquetRowsTest {
  private static final SourceSettings ALL = SourceSettings.DEFAULT.withHeldOut(new HeldOut(0));

  @TempDir private Path folder;
  private final List<RejectedRow> rejected = new ArrayList<>();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          codec-lz4           | 'text' is compressed with LZ4_RAW
          codec-brotli        | 'text' is compressed with BROTLI
          text-integers       | its column 'text' holds INT64, not text
          text-fixed          | its column 'text' holds FIXED_LEN_BYTE_ARRAY, not text
          text-decimal        | its column 'text' holds DECIMAL(30, 2), not text
          text-list           | its column 'text' holds a list, not text
          text-group          | its column 'text' holds a group of columns, not text
          text-upper-case     | no column 'text', nor 'zh' and 'en', among 'TEXT', 'Url'
          only-zh             | among 'zh', 'a', 'b', 'c', 'd', 'e', 'f'
          numbers             | no column 'text'
          """)
  void namesFileAndReasonIfItCannotBeRead(String name, String reason) throws IOException {
    String message = assertThrows(UserException.class, () -> read(resource(name))).getMessage();
    assertTrue(message.contains(name + ".parquet cannot be read"), message);
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count(), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text-string-not-utf8", "text-binary-not-utf8"})
  void rejectsARowThatIsNotUtf8AndReadsTheOthers(String name) throws IOException {
    assertEquals(List.of("good", "more"), texts(name));
    assertEquals(List.of(2L, 3L), rejected.stream().map(RejectedRow::line).toList());
    String description = rejected.getFirst().description();
    assertTrue(
        description.endsWith(name + ".parquet row 2 (field 'text' is not UTF-8: 0xe9 at byte 3)"),
        description);
  }

  @Test
  void readsWhatOtherProgramsWrite() throws IOException {
    assertEquals(List.of("a", "b"), texts("text-dictionary"), "the others repeat them");
    assertEquals(List.of("a", "b"), texts("text-beside-nested"));
    assertEquals(List.of("a", "b"), texts("language-integers"));
    for (String name : List.of("pages-2", "delta", "codec-mixed")) {
      assertEquals(List.of("one row", "\u7B2C\u4E8C\u884C", "five"), texts(name), name);
    }
  }

  @Test
  void treatsNullsAsAbsent() throws IOException {
    assertEquals(List.of("\u4E00", "one", "plain"), texts("pairs-nulls"));
    assertEquals("field 'text' is null", rejected.getFirst().reason());
    assertEquals(List.of("\u4E00", "one", "\u4E8C", "two"), texts("text-null"));
    assertEquals(List.of(), texts("no-rows"));
  }

  /** A changed byte gives rows or a sentence, and never another exception. */
  @ParameterizedTest
  @ValueSource(
      strings = {"rows-gzip", "rows-snappy", "rows-zstd", "rows-uncompressed", "pages-2", "delta"})
  void endsInASentenceForAnyDamagedByte(String name) throws IOException {
    byte[] whole = Files.readAllBytes(resource(name));
    Random random = new Random(3);
    for (int trial = 0; trial < 150; trial++) {
      byte[] damaged = whole.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      Path file = Files.write(folder.resolve("damaged.parquet"), damaged);
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> {
            try {
              read(file);
            } catch (UserException e) {
              assertTrue(e.getMessage().contains("damaged.parquet"), e.getMessage());
              assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            }
          });
    }
  }

  private List<String> texts(String name) throws IOException {
    rejected.clear();
    return read(resource(name)).stream().flatMap(each -> each.texts().stream()).distinct().toList();
  }

  private List<Document> read(Path file) {
    List<Document> documents = new ArrayList<>();
    DataSources.of(List.of("en=" + file), ALL)
        .forEach(InputStream.nullInputStream(), documents::add, notice -> {}, rejected::add);
    return documents;
  }

  private static Path resource(String name) throws IOException {
    return Path.of("src/test/resources/parquet", name + ".parquet").toRealPath();
  }
}
