package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jingwei.model.UserException;

/** Reads the rows of files as documents and reports rows that cannot be used. */
final class RowReader {
  private static final String FROM_ROW = "";
  private static final int KEPT = 10;

  private final SourceSettings settings;
  private final Consumer<Document> documents;
  private final Consumer<RejectedRow> rejected;
  private final JsonRows json;
  private final Row row = new Row();
  private final List<RejectedRow> firstRejected = new ArrayList<>();
  private long rejectedTotal;
  private long rows;

  /**
   * @param rejected receives every row that cannot be used
   */
  RowReader(SourceSettings settings, Consumer<Document> documents, Consumer<RejectedRow> rejected) {
    this.settings = settings;
    this.documents = documents;
    this.rejected = rejected;
    json = new JsonRows(settings.maxLineBytes());
  }

  Rejections rejections() {
    return new Rejections(firstRejected, rejectedTotal, rows);
  }

  /** The number of rows so far, including rows that cannot be used. */
  long rows() {
    return rows;
  }

  /** Reads JSON rows, each of which names its own domain. */
  void jsonlWithDomains(String file, InputStream in) throws IOException {
    jsonl(file, FROM_ROW, in);
  }

  /** Reads JSON rows of one domain. */
  void jsonl(String file, String domain, InputStream in) throws IOException {
    var lines = new LineReader(in, settings.maxLineBytes());
    while (lines.next()) {
      rows++;
      try {
        String line = lines.text();
        if (line.isBlank()) {
          rows--; // a blank line is no row
          continue;
        }
        json.read(line, row);
        accept(file, lines.number(), domain);
      } catch (UnusableRow e) {
        reject(new RejectedRow(file, lines.number(), lines.offset(), e.getMessage()));
      }
    }
  }

  /** Reads the rows of a Parquet file; their numbers stand for lines. */
  void parquet(String file, String domain, Path path) throws IOException {
    long number = 0;
    try (var parquet = new ParquetRows(path)) {
      while (parquet.next(row)) {
        rows++;
        number++;
        try {
          accept(file, number, domain);
        } catch (UnusableRow e) {
          reject(new RejectedRow(file, number, RejectedRow.NO_OFFSET, e.getMessage()));
        }
      }
    }
  }

  private void accept(String file, long number, String domain) throws UnusableRow {
    String of = domain.equals(FROM_ROW) ? row.domain() : domain;
    documents.accept(row.document(file + "#" + number, of));
  }

  /** Reads running text of one domain; cuts a long text at line ends into several documents. */
  void text(String file, String domain, InputStream in) throws IOException {
    var lines = new LineReader(in, settings.maxLineBytes());
    var text = new StringBuilder();
    long first = 1;
    long bytes = 0;
    while (lines.next()) {
      String line;
      rows++;
      try {
        line = lines.text();
      } catch (UnusableRow e) {
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
}
