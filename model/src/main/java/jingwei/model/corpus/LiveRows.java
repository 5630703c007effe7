package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import jingwei.model.UserException;

/**
 * Reads JSON rows that name their domains, one after the other, from an input that grows by whole
 * rows. Reads and keeps one row at a time.
 */
public final class LiveRows {
  private final LineReader lines;
  private final JsonRows json;
  private final Row row = new Row();
  private final String file;
  private final List<String> domains;
  private final Consumer<Document> check;

  /** A row: a document, or the reason why there is none. */
  public sealed interface LiveRow {
    /** Number of the row's line, from 1. */
    long line();
  }

  /**
   * A row that can be used.
   *
   * @param document cleaned
   */
  public record Usable(long line, Document document) implements LiveRow {}

  /** A row that cannot be used. */
  public record Unusable(RejectedRow row) implements LiveRow {
    @Override
    public long line() {
      return row.line();
    }
  }

  /**
   * @param in gives -1 at its present end, and more bytes later
   * @param file name of the input in the list of rejected rows
   * @param domains names of the only domains that rows may have
   * @param check throws a {@link UserException} if a document cannot be used; the row is rejected
   * @param maxLineBytes longest row
   */
  public LiveRows(
      InputStream in,
      String file,
      List<String> domains,
      Consumer<Document> check,
      int maxLineBytes) {
    this.lines = new LineReader(in, maxLineBytes);
    this.json = new JsonRows(maxLineBytes);
    this.file = file;
    this.domains = List.copyOf(domains);
    this.check = check;
  }

  /** The next row; empty at the present end of the input. Blank lines are no rows. */
  public Optional<LiveRow> next() throws IOException {
    while (lines.next()) {
      try {
        String line = lines.text();
        if (!line.isBlank()) {
          return Optional.of(new Usable(lines.number(), document(line)));
        }
      } catch (UnusableRow e) {
        return Optional.of(
            new Unusable(new RejectedRow(file, lines.number(), lines.offset(), e.getMessage())));
      }
    }
    return Optional.empty();
  }

  private Document document(String line) throws UnusableRow {
    json.read(line, row);
    String domain = row.domain();
    if (!domains.contains(domain)) {
      throw new UnusableRow(
          "the domain '%s' is not one of data.domains (%s)"
              .formatted(OneLine.of(domain), String.join(", ", domains)));
    }
    Document document = CleanDocument.clean(row.document(file + "#" + lines.number(), domain));
    try {
      check.accept(document);
    } catch (UserException e) {
      throw new UnusableRow(e.getMessage());
    }
    return document;
  }
}
