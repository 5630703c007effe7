package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLines;

/** Reads {@code epochs.jsonl} while leaders append to it. */
final class EpochTail {
  private final Path file;
  private long read;

  EpochTail(Path file) {
    this.file = file;
  }

  /** The complete lines that were added since the last call. */
  List<EpochLine> next() {
    try {
      if (!Files.exists(file) || Files.size(file) <= read) {
        return List.of();
      }
      byte[] added = added();
      int end = added.length;
      while (end > 0 && added[end - 1] != '\n') {
        end--;
      }
      List<EpochLine> lines = EpochLines.of(file.toString(), Arrays.copyOf(added, end));
      read += end;
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] added() throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) (channel.size() - read));
      while (bytes.hasRemaining() && channel.read(bytes, read + bytes.position()) >= 0) {
        // until the end of the file
      }
      return Arrays.copyOf(bytes.array(), bytes.position());
    }
  }
}
