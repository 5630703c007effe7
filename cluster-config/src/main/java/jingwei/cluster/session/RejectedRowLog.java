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
import jingwei.model.disk.DurableFile;

/**
 * Writes {@code rejected.jsonl}: every unusable row with its location. Each start reads all sources
 * and writes a new file, which replaces the old one once the start has succeeded. There is no file
 * if every row is usable.
 */
final class RejectedRowLog implements Consumer<RejectedRow>, AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final Path next;
  private BufferedWriter out;
  private boolean isComplete;
  private boolean isClosed;

  RejectedRowLog(Path file) {
    this.file = file;
    this.next = file.resolveSibling(file.getFileName() + DurableFile.PARTIAL_SUFFIX);
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

  /** Replaces the old list, after all rows were read and the start has succeeded. */
  void complete() {
    isComplete = true;
    close();
  }

  /** After a failed start, keeps the list of an earlier start; if there is none, keeps this one. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
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
