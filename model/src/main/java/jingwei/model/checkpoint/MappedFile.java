package jingwei.model.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Maps files into memory. The bytes stay readable after the file is removed. */
final class MappedFile {
  private static final int CHUNK_BYTES = 8 << 20;

  private MappedFile() {}

  /**
   * Maps a file.
   *
   * @throws CheckpointException if it is missing
   * @throws UnreadableCheckpointException if it cannot be read at the moment
   */
  static MemorySegment map(Path file, Arena arena) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file, "is missing", e);
    } catch (IOException e) {
      throw new UnreadableCheckpointException(file, e);
    }
  }

  /** CRC32C of all bytes. */
  static int crc32c(MemorySegment content) {
    CRC32C crc = new CRC32C();
    for (long from = 0; from < content.byteSize(); from += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, content.byteSize() - from);
      crc.update(content.asSlice(from, length).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  /**
   * Reads mapped bytes.
   *
   * @throws UnreadableCheckpointException if the disk fails, which the JVM reports as an error of
   *     memory access
   */
  static void reading(Path file, Runnable read) {
    try {
      read.run();
    } catch (InternalError e) {
      throw new UnreadableCheckpointException(file, e);
    }
  }
}
