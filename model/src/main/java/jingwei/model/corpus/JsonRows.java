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
 * Reads rows of JSON, each an object. Only the fields that mean something are looked at; other
 * values must be JSON and may be anything, NaN and Infinity as Python writes them among it.
 */
public final class JsonRows {
  private static final int MAX_DEPTH = 100_000;
  private static final int REASON_CHARS = 100;

  private final JsonFactory json;

  /**
   * @param maxLength no line is longer, in characters
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
            // Names are data here: rows with ids for names must not fill the table of names.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
  }

  /** Whether a line is one JSON object, in whatever that may hold here. */
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
   * Reads a line.
   *
   * @param row takes the values
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
      throw new UncheckedIOException(e); // a string is read, which cannot fail
    }
  }

  /** The parser's reason without the place where an object began and the list of what JSON has. */
  private static String reason(JsonProcessingException e) {
    String reason = e.getOriginalMessage();
    for (String rest : new String[] {" (start marker", ": was expecting (JSON", " (possibly"}) {
      int at = reason.indexOf(rest);
      reason = at < 0 ? reason : reason.substring(0, at);
    }
    return OneLine.of(reason, REASON_CHARS);
  }
}
