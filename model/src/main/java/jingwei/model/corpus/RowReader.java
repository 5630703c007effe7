package jingwei.model.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jingwei.model.UserException;

/** Reads the rows of files as documents and notes those that cannot be used. */
final class RowReader {
  private static final String FROM_ROW = "";
  private static final int KEPT = 10;

  private final SourceSettings settings;
  private final Consumer<Document> documents;
  private final ObjectMapper json;
  private final Consumer<RejectedRow> rejected;
  private final List<RejectedRow> firstRejected = new ArrayList<>();
  private long rejectedTotal;
  private long rows;

  /**
   * @param rejected hears of every row that cannot be used
   */
  RowReader(SourceSettings settings, Consumer<Document> documents, Consumer<RejectedRow> rejected) {
    this.settings = settings;
    this.documents = documents;
    this.rejected = rejected;
    var limits = StreamReadConstraints.builder().maxStringLength(settings.maxLineBytes()).build();
    json = new ObjectMapper(JsonFactory.builder().streamReadConstraints(limits).build());
    json.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  Rejections rejections() {
    return new Rejections(firstRejected, rejectedTotal, rows);
  }

  /** Reads JSON rows, each of which names its own domain. */
  void jsonlWithDomains(String file, InputStream in) throws IOException {
    jsonl(file, FROM_ROW, in);
  }

  /** Reads JSON rows of one domain. */
  void jsonl(String file, String domain, InputStream in) throws IOException {
    var lines = new LineReader(in, settings.maxLineBytes());
    while (lines.next()) {
      try {
        rows++;
        String line = text(lines);
        if (line.isBlank()) {
          rows--; // no row at all
        } else {
          documents.accept(document(file + "#" + lines.number(), domain, parse(line)));
        }
      } catch (UnusableRow e) {
        reject(new RejectedRow(file, lines.number(), lines.offset(), e.getMessage()));
      }
    }
  }

  /** Reads the rows of a Parquet file; their numbers stand for lines. */
  void parquet(String file, String domain, Path path) throws IOException {
    long[] number = {0};
    ParquetRows.read(
        path,
        row -> {
          rows++;
          number[0]++;
          try {
            documents.accept(document(file + "#" + number[0], domain, row));
          } catch (UnusableRow e) {
            reject(new RejectedRow(file, number[0], -1, e.getMessage()));
          }
        });
  }

  /** Reads running text of one domain; a long one becomes several documents, cut at line ends. */
  void text(String file, String domain, InputStream in) throws IOException {
    var lines = new LineReader(in, settings.maxLineBytes());
    var text = new StringBuilder();
    long first = 1;
    long bytes = 0;
    while (lines.next()) {
      String line;
      try {
        line = text(lines);
        rows++;
      } catch (UnusableRow e) {
        rows++;
        reject(new RejectedRow(file, lines.number(), lines.offset(), e.getMessage()));
        continue;
      }
      if (bytes > 0 && bytes + Text.utf8Length(line) > settings.textCutBytes()) {
        documents.accept(new Document.Plain(file + "#" + first, domain, "", text.toString()));
        text.setLength(0);
        bytes = 0;
      }
      if (bytes == 0) {
        first = lines.number();
      }
      text.append(line).append('\n');
      bytes += Text.utf8Length(line) + 1;
    }
    if (!text.isEmpty()) {
      documents.accept(new Document.Plain(file + "#" + first, domain, "", text.toString()));
    }
  }

  private static String text(LineReader lines) throws UnusableRow {
    if (lines.isTooLong()) {
      throw new UnusableRow("line too long");
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(lines.bytes())).toString();
      return lines.number() == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new UnusableRow("not UTF-8");
    }
  }

  private JsonNode parse(String line) throws UnusableRow {
    try {
      JsonNode row = json.readTree(line);
      if (!row.isObject()) {
        throw new UnusableRow("not a JSON object");
      }
      return row;
    } catch (JsonProcessingException e) {
      throw new UnusableRow("not JSON");
    }
  }

  private static Document document(String id, String domain, JsonNode row) throws UnusableRow {
    String of = domain.equals(FROM_ROW) ? domainOf(row) : domain;
    if (!row.has("text") && row.has("zh") && row.has("en")) {
      return new Document.Pair(
          id,
          of,
          new Document.Side("zh", string(row, "zh")),
          new Document.Side("en", string(row, "en")));
    }
    String text = string(row, "text");
    return new Document.Plain(id, of, language(row), text);
  }

  private static String domainOf(JsonNode row) throws UnusableRow {
    String domain = string(row, "domain");
    if (!DataSource.isDomainName(domain)) {
      throw new UnusableRow("field 'domain' is no name of a domain");
    }
    return domain;
  }

  private static String language(JsonNode row) {
    JsonNode language = row.has("lang") ? row.path("lang") : row.path("language");
    return language.isTextual() ? language.asText() : "";
  }

  private static String string(JsonNode row, String field) throws UnusableRow {
    JsonNode value = row.path(field);
    if (value.isMissingNode()) {
      throw new UnusableRow("no field '" + field + "'");
    }
    if (!value.isTextual()) {
      throw new UnusableRow("field '" + field + "' is not a string");
    }
    if (!Text.isWellFormed(value.asText())) {
      throw new UnusableRow("field '" + field + "' holds half a surrogate pair");
    }
    if (Text.clean(value.asText()).isEmpty()) {
      throw new UnusableRow("field '" + field + "' is empty");
    }
    return value.asText();
  }

  private void reject(RejectedRow row) {
    rejectedTotal++;
    if (firstRejected.size() < KEPT) {
      firstRejected.add(row);
    }
    rejected.accept(row);
    if (settings.onRejected() == SourceSettings.OnRejected.STOP) {
      throw new UserException(
          "The row at %s cannot be used; mend or remove it, or set data.onRejected = skip."
              .formatted(row.description()));
    }
  }

  private static final class UnusableRow extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableRow(String reason) {
      super(reason, null, false, false);
    }
  }
}
