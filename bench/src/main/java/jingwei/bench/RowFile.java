package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.UserException;

/**
 * The figures that are measured so far: a line of JSON for each row. A row is written at once, so
 * that an interrupted run goes on.
 *
 * @param <R> a record
 */
public final class RowFile<R> {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final List<R> rows = new ArrayList<>();

  /**
   * Reads what a run has measured before.
   *
   * @throws UserException if a line cannot be read. A part of a last line is removed: a run that
   *     was killed wrote it
   */
  public RowFile(Path file, Class<R> type) throws IOException {
    this.file = file;
    Files.createDirectories(file.toAbsolutePath().getParent());
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      try {
        rows.add(JSON.readValue(lines.get(i), type));
      } catch (IOException e) {
        if (i < lines.size() - 1) {
          throw new UserException(
              "%s:%d is not a line of figures; remove it, and it is measured again."
                  .formatted(file, i + 1));
        }
        Files.write(file, lines.subList(0, i));
      }
    }
  }

  /** Adds a row, and writes it at once. */
  public void add(R row) throws IOException {
    Files.writeString(
        file,
        JSON.writeValueAsString(row) + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    rows.add(row);
  }

  /** All rows, in the order of the file. */
  public List<R> rows() {
    return List.copyOf(rows);
  }
}
