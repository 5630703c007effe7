package jingwei.cluster.chaos;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import jingwei.model.disk.DurableFile;

/**
 * Appends to {@code epochs.jsonl}. Each line reaches the operating system at once and survives a
 * kill of the process. The beginning of an epoch, a checkpoint and the end are forced to disk, with
 * all lines before them. Any thread may append.
 */
public final class EpochLog implements Closeable {
  /** Name of the file in the folder of a run. */
  public static final String FILE = "epochs.jsonl";

  private final FileChannel channel;

  /** Opens the file, or creates it. Removes a last line that a killed leader did not complete. */
  public EpochLog(Path file) {
    try {
      boolean isNew = !Files.exists(file);
      if (!isNew) {
        dropCutLine(file);
      }
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      if (isNew) {
        DurableFile.forceFolder(file.toAbsolutePath().getParent());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a line. */
  public synchronized void append(EpochLine line) {
    ByteBuffer bytes =
        ByteBuffer.wrap((EpochLines.text(line) + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      switch (line) {
        case EpochLine.Begin _, EpochLine.Checkpoint _, EpochLine.End _ -> channel.force(true);
        case EpochLine.Commit _, EpochLine.Fault _ -> {}
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void dropCutLine(Path file) throws IOException {
    try (FileChannel old =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      long end = old.size();
      while (end > 0) {
        last.clear();
        old.read(last, end - 1);
        if (last.get(0) == '\n') {
          break;
        }
        end--;
      }
      if (end < old.size()) {
        old.truncate(end);
      }
    }
  }
}
