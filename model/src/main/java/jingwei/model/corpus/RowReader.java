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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Reads the rows of a stream as documents, line by line, and notes those that cannot be read. */
final class RowReader {
  private static final String FROM_ROW = "";

  private final SourceSettings settings;
  private final Consumer<Document> documents;
  private final ObjectMapper json;
  private final List<RejectedRow> rejected = new ArrayList<>();
  private long rejectedTotal;

  RowReader(SourceSettings settings, Consumer<Document> documents) {
    this.settings = settings;
    this.documents = documents;
    var limits = StreamReadConstraints.builder().maxStringLength(settings.maxLineBytes()).build();
    json = new ObjectMapper(JsonFactory.builder().streamReadConstraints(limits).build());
    json.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  Rejections rejections() {
    return new Rejections(rejected, rejectedTotal);
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
        String line = text(lines);
        if (!line.isBlank()) {
          documents.accept(document(file + "#" + lines.number(), domain, parse(line)));
        }
      } catch (UnusableRow e) {
        reject(file, lines, e.getMessage());
      }
    }
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
      } catch (UnusableRow e) {
        reject(file, lines, e.getMessage());
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
    if (value.asText().isBlank()) {
      throw new UnusableRow("field '" + field + "' is empty");
    }
    if (!Text.isWellFormed(value.asText())) {
      throw new UnusableRow("field '" + field + "' holds half a surrogate pair");
    }
    return value.asText();
  }

  private void reject(String file, LineReader line, String reason) {
    rejectedTotal++;
    if (rejected.size() < settings.maxRejectedRows()) {
      rejected.add(new RejectedRow(file, line.number(), line.offset(), reason));
    }
  }

  private static final class UnusableRow extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableRow(String reason) {
      super(reason, null, false, false);
    }
  }
}
