package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import jingwei.model.UserException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was interrupted goes on where it was, and loses no row. */
class RowFileTest {
  private record Row(String name, long value) {}

  private static final Row ONE = new Row("one", 1);
  private static final Row TWO = new Row("two", 2);

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void setUp() throws IOException {
    file = folder.resolve("new folder").resolve("rows.jsonl");
    try (RowFile<Row> rows = new RowFile<>(file, Row.class)) {
      rows.add(ONE);
      rows.add(TWO);
    }
  }

  private List<Row> read() throws IOException {
    try (RowFile<Row> rows = new RowFile<>(file, Row.class)) {
      return rows.rows();
    }
  }

  @Test
  void rowsAreThereAgain() throws IOException {
    assertEquals(List.of(ONE, TWO), read());
  }

  @Test
  void aPartOfALineIsRemovedAndNothingElse() throws IOException {
    String whole = Files.readString(file);
    Files.writeString(file, "{\"date\":\"20", StandardOpenOption.APPEND);
    assertEquals(List.of(ONE, TWO), read());
    assertEquals(whole, Files.readString(file));
    Files.writeString(file, whole.strip());
    try (RowFile<Row> rows = new RowFile<>(file, Row.class)) {
      assertEquals(List.of(ONE), rows.rows());
      rows.add(TWO);
    }
    assertEquals(List.of(ONE, TWO), read());
  }

  /** Rows of another version, and lines of something else, wherever they stand. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "{}",
        "{\"name\":\"one\",\"value\":1}",
        "{\"date\":\"d\",\"environment\":{},\"row\":{\"name\":\"one\"}}"
      })
  void aForeignLineIsNamedAndTheFileStaysAsItIs(String foreign) throws IOException {
    String whole = Files.readString(file);
    String own = whole.lines().findFirst().orElseThrow();
    for (String lines :
        List.of(foreign + "\n" + whole, whole + foreign + "\n", own + foreign + "\n")) {
      Files.writeString(file, lines);
      UserException refusal = assertThrows(UserException.class, this::read);
      assertTrue(refusal.getMessage().contains("rows.jsonl:"), refusal.getMessage());
      assertEquals(lines, Files.readString(file));
    }
  }

  @Test
  void oneRunAtATimeHasTheFile() throws IOException {
    try (RowFile<Row> first = new RowFile<>(file, Row.class)) {
      UserException refusal = assertThrows(UserException.class, this::read);
      assertTrue(refusal.getMessage().contains("another run"), refusal.getMessage());
      assertEquals(2, first.rows().size());
    }
    assertEquals(2, read().size());
  }

  @Test
  void namesTheEnvironmentsOfTheRows() throws IOException {
    Files.writeString(file, Files.readString(file).replaceFirst("\"cores\":\\d+", "\"cores\":999"));
    ObjectNode report = new ObjectMapper().createObjectNode();
    try (RowFile<Row> rows = new RowFile<>(file, Row.class)) {
      rows.add(new Row("three", 3));
      rows.describe(report);
    }
    assertEquals(2, report.get("environments").size());
    assertEquals(999, report.at("/environments/0/cores").asInt());
    assertEquals(1, report.at("/environments/0/rows").asInt());
    assertEquals(2, report.at("/environments/1/rows").asInt());
  }
}
