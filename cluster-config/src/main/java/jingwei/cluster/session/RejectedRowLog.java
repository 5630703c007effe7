package jingwei.cluster.session;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import jingwei.model.corpus.RejectedRow;

/**
 * Writes {@code rejected.jsonl}: every row that cannot be used, with its place. The sources are
 * read whole at each start, so it is written anew; without such a row there is no file.
 */
final class RejectedRowLog implements Consumer<RejectedRow>, AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private BufferedWriter out;

  RejectedRowLog(Path file) {
    this.file = file;
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void accept(RejectedRow row) {
    try {
      if (out == null) {
        out = Files.newBufferedWriter(file);
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

  @Override
  public void close() {
    try {
      if (out != null) {
        out.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
