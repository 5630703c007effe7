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
  private final Rules rules;

  /**
   * A place between two rows.
   *
   * @param lines number of lines before it
   * @param bytes number of bytes before it
   */
  public record Place(long lines, long bytes) {
    public static final Place START = new Place(0, 0);
  }

  /**
   * A row: a document, or the reason why there is none.
   *
   * @param document cleaned; empty if the row cannot be used
   * @param rejected empty if the row can be used
   * @param end place after the row
   */
  public record LiveRow(Optional<Document> document, Optional<RejectedRow> rejected, Place end) {}

  /**
   * What rows must hold.
   *
   * @param file name of the input in the list of rejected rows
   * @param domains names of the only domains that rows may have
   * @param check throws a {@link UserException} if a document cannot be used; the row is rejected
   * @param maxLineBytes longest row
   */
  public record Rules(
      String file, List<String> domains, Consumer<Document> check, int maxLineBytes) {
    public Rules {
      domains = List.copyOf(domains);
    }
  }

  /**
   * @param in the rows from a place on; gives -1 at its present end, and more bytes later
   */
  public LiveRows(InputStream in, Place from, Rules rules) {
    this.lines = new LineReader(in, rules.maxLineBytes, from.lines, from.bytes);
    this.json = new JsonRows(rules.maxLineBytes);
    this.rules = rules;
  }

  /** The next row; empty at the present end of the input. Blank lines are no rows. */
  public Optional<LiveRow> next() throws IOException {
    while (lines.next()) {
      try {
        String line = lines.text();
        if (!line.isBlank()) {
          return Optional.of(new LiveRow(Optional.of(document(line)), Optional.empty(), place()));
        }
      } catch (UnusableRow e) {
        RejectedRow rejected =
            new RejectedRow(rules.file, lines.number(), lines.offset(), e.getMessage());
        return Optional.of(new LiveRow(Optional.empty(), Optional.of(rejected), place()));
      }
    }
    return Optional.empty();
  }

  private Place place() {
    return new Place(lines.number(), lines.end());
  }

  private Document document(String line) throws UnusableRow {
    json.read(line, row);
    String domain = row.domain();
    if (!rules.domains.contains(domain)) {
      throw new UnusableRow(
          "the domain '%s' is not one of data.domains (%s)"
              .formatted(OneLine.of(domain), String.join(", ", rules.domains)));
    }
    Document document =
        CleanDocument.clean(row.document(rules.file + "#" + lines.number(), domain));
    try {
      rules.check.accept(document);
    } catch (UserException e) {
      throw new UnusableRow(e.getMessage());
    }
    return document;
  }
}
