package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRowsTest {
  private static final int MAX_LENGTH = 1 << 24;

  /** The text is read beside any other value of the row. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "NaN",
        "Infinity",
        "-Infinity",
        "[1, NaN, {\"x\": -Infinity}]",
        "null",
        "1e999999",
        "-0.0",
        "{\"text\": \"inner\", \"zh\": 5}",
        "\"half a pair \\ud83d\"",
        "\"\"",
        "[]"
      })
  void readsTheTextBesideAnyValue(String value) throws UnusableRow {
    assertEquals(List.of("the text"), texts("{\"a\": %s, \"text\": \"the text\"}", value));
    assertEquals(List.of("the text"), texts("{\"text\": \"the text\", \"a\": %s}", value));
  }

  @Test
  void readsTheTextBesideLongValues() throws UnusableRow {
    for (String value :
        List.of(
            "7".repeat(1_000_000),
            "0." + "7".repeat(100_000),
            "[".repeat(1500) + "]".repeat(1500),
            "{\"a\":".repeat(50_000) + "1" + "}".repeat(50_000),
            "\"" + "x".repeat(MAX_LENGTH / 2) + "\"",
            "{\"" + "n".repeat(200_000) + "\": 1}")) {
      assertEquals(List.of("the text"), texts("{\"a\": %s, \"text\": \"the text\"}", value));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"text": "cut                 | not JSON, column 14: Unexpected end-of-input
          {"text": "a"} {"text": "b"}   | not JSON, column 15: something follows the object
          {"text": "a"} x               | not JSON, column 15: Unrecognized token 'x'
          {"text": "a"}}                | not JSON, column 14: Unexpected close marker '}'
          broken                        | not JSON, column 1: Unrecognized token 'broken'
          {"text": 'a'}                 | not JSON, column 10: Unexpected character (''' (code 39))
          {"a": 01, "text": "x"}        | not JSON, column 8: Invalid numeric value: Leading zeroes
          {"a": nan, "text": "x"}       | not JSON, column 7: Unrecognized token 'nan'
          {"a": [1, 2}, "text": "x"}    | not JSON, column 12: Unexpected close marker '}'
          {"text": "\\x"}               | not JSON, column 12: Unrecognized character escape
          {text: "x"}                   | not JSON, column 2: Unexpected character ('t' (code 116))
          [1, 2]                        | not a JSON object
          "text"                        | not a JSON object
          NaN                           | not a JSON object
          {}                            | no field 'text'
          {"a": 1, "b": 2}              | no field 'text' among 'a', 'b'
          {"zh": "x", "url": 2}         | no field 'text' among 'zh', 'url'
          {"zh": "x", "en": null}       | no field 'text' among 'zh', 'en'
          {"text": null}                | field 'text' is null
          {"text": null, "zh": "x"}     | field 'text' is null
          {"text": 7}                   | field 'text' is not a string
          {"text": {"text": "x"}}       | field 'text' is not a string
          {"text": NaN}                 | field 'text' is not a string
          {"text": "\\ud83d"}           | field 'text' holds half a surrogate pair
          {"text": "\\u0000\\n"}        | field 'text' is empty
          {"zh": "x", "en": " "}        | field 'en' is empty
          {"Text": "x"}                 | no field 'text' among 'Text'
          """)
  void rejectsWithTheRealReason(String row, String reason) {
    String line = row.replace("\\\\", "\\");
    String message = assertThrows(UnusableRow.class, () -> document(line)).getMessage();
    assertTrue(message.startsWith(reason), message);
    assertTrue(message.length() < 200, message);
  }

  @Test
  void namesTheLimitOfNesting() {
    String message =
        assertThrows(
                UnusableRow.class,
                () -> document("{\"text\": \"x\", \"a\": " + "[".repeat(5_000_000)))
            .getMessage();
    assertEquals("JSON nested more than 100000 levels deep", message);
  }

  @Test
  void namesAFewFieldsOnOneLine() {
    String message =
        assertThrows(
                UnusableRow.class,
                () ->
                    document(
                        "{\"a\\nb\\u001b[2J\":1,\"%s\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1}"
                            .formatted("long".repeat(100_000))))
            .getMessage();
    assertEquals(
        "no field 'text' among 'a b [2J', '%s...', 'c', 'd', 'e' and 2 more"
            .formatted("long".repeat(10)),
        message);
  }

  @Test
  void takesTheLastOfSeveralValuesAndTreatsNullAsAbsent() throws UnusableRow {
    assertEquals(List.of("b"), texts("{\"text\": \"a\", \"text\": \"b\"}%s", ""));
    assertEquals(List.of("b"), texts("{\"text\": 5, \"text\": \"b\"}%s", ""));
    assertEquals(
        List.of("\u4E00", "one"),
        texts("{\"text\": null, \"zh\": \"\u4E00\", \"en\": \"one\"}%s", ""));
    assertEquals(List.of("t"), texts("{\"zh\": \"\u4E00\", \"en\": null, \"text\": \"t\"}%s", ""));
  }

  @Test
  void takesTheLanguageIfItIsAText() throws UnusableRow {
    assertEquals("java", language("\"lang\": \"java\", \"language\": \"c\""));
    assertEquals("c", language("\"lang\": null, \"language\": \"c\""));
    assertEquals("", language("\"lang\": 5"));
    assertEquals("", language("\"a\": 5"));
  }

  private static String language(String fields) throws UnusableRow {
    return ((Document.Plain) document("{\"text\": \"x\", " + fields + "}")).language();
  }

  private static List<String> texts(String row, String value) throws UnusableRow {
    return document(row.replace("%s", value)).texts();
  }

  private static Document document(String line) throws UnusableRow {
    Row row = new Row();
    new JsonRows(MAX_LENGTH).read(line, row);
    return row.document("id", "en");
  }
}
