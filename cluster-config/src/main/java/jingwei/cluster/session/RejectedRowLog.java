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
 * Writes {@code rejected.jsonl}: every row that cannot be used, with its place. The sources are
 * read whole at each start, so it is written anew, beside the one that is there, and takes its
 * place when nothing about the start is refused any more. Without such a row there is no file.
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

  /** All rows have been read, and the run goes on with them: the list takes its place. */
  void complete() {
    isComplete = true;
    close();
  }

  /** Where a start failed, the list of an earlier one stays; where there is none, this one does. */
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
