package jingwei.cluster.session;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;
import jingwei.model.corpus.RejectedRow;

/**
 * Writes {@code rejected.jsonl}: every row that cannot be used, with its place. The sources are
 * read whole at each start, so it is written anew, beside the one that is there, and takes its
 * place when all rows have been read. Without such a row there is no file.
 */
final class RejectedRowLog implements Consumer<RejectedRow>, AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final Path next;
  private BufferedWriter out;
  private boolean isComplete;

  RejectedRowLog(Path file) {
    this.file = file;
    this.next = file.resolveSibling(file.getFileName() + ".partial");
    try {
      Files.deleteIfExists(next);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void accept(RejectedRow row) {
    try {
      if (out == null) {
        out = Files.newBufferedWriter(next);
      }
      out.write(
          MAPPER
              .createObjectNode()
              .put("file", row.file())
              .put("line", row.line())
              .put("byte", row.byteOffset())
              .put("reason", row.reason())
              .toString());
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All rows have been read. */
  void complete() {
    isComplete = true;
  }

  /**
   * Where reading failed, the list of an earlier start stays; where there is none, this one does.
   */
  @Override
  public void close() {
    try {
      if (out != null) {
        out.close();
      }
      if (isComplete && out == null) {
        Files.deleteIfExists(file);
      } else if (out != null && (isComplete || !Files.exists(file))) {
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.deleteIfExists(next);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
