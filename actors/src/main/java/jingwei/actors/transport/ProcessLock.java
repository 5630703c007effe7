package jingwei.actors.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A lock on a file that at most one process holds. The operating system releases it when the
 * process ends, however it ends. The file names its holder.
 *
 * <p>A process that closes a file releases its own lock on it (POSIX). So a process must not look
 * at a lock that it holds.
 */
final class ProcessLock implements AutoCloseable {
  private static final int MAX_BYTES = 64;

  private final FileChannel channel;

  private ProcessLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the lock; null if another process holds it. Creates the file if it is missing. */
  static ProcessLock take(Path file) throws IOException {
    FileChannel channel = open(file);
    boolean isTaken = false;
    try {
      isTaken = channel.tryLock() != null;
    } finally {
      if (!isTaken) {
        channel.close();
      }
    }
    return isTaken ? new ProcessLock(channel) : null;
  }

  /**
   * The number of the process that holds the lock and has signed it; -1 while the holder has not
   * signed it, and 0 if nobody holds it.
   */
  static long holder(Path file) throws IOException {
    try (FileChannel channel = open(file)) {
      if (channel.tryLock() != null) {
        channel.truncate(0); // the signature of a process that was killed
        return 0;
      }
      ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
      channel.read(bytes, 0);
      String signature = StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
      return signature.endsWith("\n") ? Long.parseLong(signature.strip()) : -1;
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  /** Writes the number of this process into the file. */
  void sign() throws IOException {
    String signature = ProcessHandle.current().pid() + "\n";
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(signature.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  /** Removes the signature. */
  void unsign() throws IOException {
    channel.truncate(0);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
