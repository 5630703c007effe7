package jingwei.model.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads rows of JSON, each an object. It looks only at the known fields. Other values may be any
 * JSON, and also NaN and Infinity as Python writes them.
 */
public final class JsonRows {
  private static final int MAX_DEPTH = 100_000;
  private static final int REASON_CHARS = 100;

  private final JsonFactory json;

  /**
   * @param maxLength length of the longest line, in characters
   */
  JsonRows(int maxLength) {
    json =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxStringLength(maxLength)
                    .maxNameLength(maxLength)
                    .maxNumberLength(maxLength)
                    .maxNestingDepth(MAX_DEPTH)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            // Names are data here: rows with ids as names must not fill the table of names.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
  }

  /** Whether a line is one JSON object, with any values that a row may hold. */
  public static boolean isObject(String line) {
    try (JsonParser parser = new JsonRows(Math.max(1, line.length())).json.createParser(line)) {
      boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
      parser.skipChildren();
      return isObject && parser.nextToken() == null;
    } catch (IOException notJson) {
      return false;
    }
  }

  /**
   * Reads one line.
   *
   * @param row receives the values
   * @throws UnusableRow if it is not one JSON object
   */
  void read(String line, Row row) throws UnusableRow {
    row.clear();
    try (JsonParser parser = json.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new UnusableRow("not a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        row.name(name);
        if (Row.FIELDS.contains(name)) {
          row.put(
              name,
              switch (value) {
                case VALUE_STRING -> parser.getText();
                case VALUE_NULL -> null;
                default -> Row.NO_TEXT;
              });
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new UnusableRow(
            "not JSON, column %d: something follows the object"
                .formatted(parser.currentTokenLocation().getColumnNr()));
      }
    } catch (StreamConstraintsException e) {
      throw new UnusableRow("JSON nested more than %d levels deep".formatted(MAX_DEPTH));
    } catch (JsonProcessingException e) {
      throw new UnusableRow(
          "not JSON, column %d: %s".formatted(e.getLocation().getColumnNr(), reason(e)));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // reading a string cannot fail
    }
  }

  /**
   * The parser's reason, without the place where an object began and without the list of JSON
   * tokens.
   */
  private static String reason(JsonProcessingException e) {
    String reason = e.getOriginalMessage();
    for (String rest : new String[] {" (start marker", ": was expecting (JSON", " (possibly"}) {
      int at = reason.indexOf(rest);
      reason = at < 0 ? reason : reason.substring(0, at);
    }
    return OneLine.of(reason, REASON_CHARS);
  }
}
