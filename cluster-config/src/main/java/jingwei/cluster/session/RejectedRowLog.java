package jingwei.cluster.session;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.disk.DurableFile;

/**
 * Writes {@code rejected.jsonl}: every unusable row with its location. Each start reads all sources
 * and writes a new file, which replaces the old one once the start has succeeded; rows that come
 * later are appended. There is no file if every row is usable. Thread-safe.
 */
final class RejectedRowLog implements Consumer<RejectedRow>, AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final Path next;
  private BufferedWriter out;
  private boolean isComplete;

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
  public synchronized void accept(RejectedRow row) {
    try {
      if (out == null) {
        out =
            isComplete
                ? Files.newBufferedWriter(
                    file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                : Files.newBufferedWriter(next);
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
      if (isComplete) {
        out.flush(); // such rows are few, and the file may be read at any time
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces the old list, after all rows were read and the start has succeeded. */
  synchronized void complete() {
    try {
      if (out == null) {
        Files.deleteIfExists(file);
      } else {
        out.close();
        out = null;
        replace();
      }
      isComplete = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** After a failed start, keeps the list of an earlier start; if there is none, keeps this one. */
  @Override
  public synchronized void close() {
    try {
      if (out == null) {
        return;
      }
      out.close();
      out = null;
      if (isComplete) {
        return;
      }
      if (Files.exists(file)) {
        Files.deleteIfExists(next);
      } else {
        replace();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void replace() throws IOException {
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
