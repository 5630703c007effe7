package jingwei.model.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** Small files that are written completely or not at all, even if the process is killed. */
public final class DurableFile {
  /** Suffix of a file that is not complete yet. */
  public static final String PARTIAL_SUFFIX = ".partial";

  private DurableFile() {}

  /**
   * Writes a new file and forces it to disk. Its name is durable only after {@link #forceFolder}.
   */
  public static WrittenFile write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    return new WrittenFile(bytes.length, crc32c(bytes));
  }

  /**
   * Replaces a file atomically, or writes a new one. A device or a pipe is written to directly; a
   * link stays, and its target is replaced.
   */
  public static void replace(Path named, String text) throws IOException {
    if (Files.exists(named) && !Files.isRegularFile(named)) {
      Files.writeString(named, text);
      return;
    }
    Path file = Files.exists(named) ? named.toRealPath() : named;
    Path next = file.resolveSibling(file.getFileName() + PARTIAL_SUFFIX);
    Files.deleteIfExists(next);
    write(next, text);
    try {
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system of " + file + " cannot replace files atomically", e);
    }
    forceFolder(file.toAbsolutePath().getParent());
  }

  /** Forces a folder to disk, which makes the names in it durable. */
  public static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** CRC32C checksum of all bytes. */
  public static int crc32c(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
