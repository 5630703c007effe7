package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A row of a file: the values of the known fields, and the names of all fields. A null value counts
 * as absent.
 */
final class Row {
  /** The known fields. */
  static final Set<String> FIELDS = Set.of("text", "zh", "en", "domain", "lang", "language");

  /** Stands for a value that is no text. */
  static final Object NO_TEXT = new Object();

  private static final int NAMED = 5;
  private static final int NAME_CHARS = 40;

  private final Map<String, Object> values = new HashMap<>();
  private final Set<String> nulls = new HashSet<>();
  private final List<String> names = new ArrayList<>();
  private long fields;

  /** Forgets everything. */
  void clear() {
    values.clear();
    nulls.clear();
    names.clear();
    fields = 0;
  }

  /** Records that the row has a field. */
  void name(String field) {
    fields++;
    if (names.size() < NAMED) {
      names.add(field);
    }
  }

  /**
   * Sets a field; if a field has several values, the last one stays.
   *
   * @param value a string, bytes that may be UTF-8, {@link #NO_TEXT}, or null
   */
  void put(String field, Object value) {
    if (value == null) {
      values.remove(field);
      nulls.add(field);
    } else {
      values.put(field, value);
      nulls.remove(field);
    }
  }

  /**
   * The document of the row: its text, or the pair of {@code zh} and {@code en} if it has no text.
   */
  Document document(String id, String domain) throws UnusableRow {
    if (!has("text") && has("zh") && has("en")) {
      return new Document.Pair(
          id, domain, new Document.Side("zh", text("zh")), new Document.Side("en", text("en")));
    }
    return new Document.Plain(id, domain, language(), text("text"));
  }

  /** The domain that the row names. */
  String domain() throws UnusableRow {
    String domain = text("domain");
    if (!DataSource.isDomainName(domain)) {
      throw new UnusableRow(
          "field 'domain' is no name of a domain: '%s'".formatted(OneLine.of(domain, NAME_CHARS)));
    }
    return domain;
  }

  private boolean has(String field) {
    return values.containsKey(field);
  }

  private String language() throws UnusableRow {
    String field = has("lang") ? "lang" : "language";
    return has(field) && values.get(field) != NO_TEXT ? string(field) : "";
  }

  private String text(String field) throws UnusableRow {
    if (!has(field)) {
      throw new UnusableRow(absent(field));
    }
    if (values.get(field) == NO_TEXT) {
      throw new UnusableRow("field '" + field + "' is not a string");
    }
    String text = string(field);
    if (!Text.isWellFormed(text)) {
      throw new UnusableRow("field '" + field + "' holds half a surrogate pair");
    }
    if (!Text.holdsAnything(text)) {
      throw new UnusableRow("field '" + field + "' is empty");
    }
    return text;
  }

  private String string(String field) throws UnusableRow {
    return values.get(field) instanceof byte[] bytes
        ? Utf8.decode(bytes, bytes.length, "field '" + field + "' is ")
        : (String) values.get(field);
  }

  private String absent(String field) {
    if (nulls.contains(field)) {
      return "field '" + field + "' is null";
    }
    StringBuilder reason = new StringBuilder("no field '" + field + "'");
    String before = " among '";
    for (String name : names) {
      reason.append(before).append(OneLine.of(name, NAME_CHARS)).append('\'');
      before = ", '";
    }
    if (fields > names.size()) {
      reason.append(" and %d more".formatted(fields - names.size()));
    }
    return reason.toString();
  }
}
