package jingwei.streams.spool;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import jingwei.model.UserException;
import jingwei.model.corpus.JsonRows;
import jingwei.model.disk.DurableFile;

/**
 * Rows from a pipe, kept in the run's folder. A row is acknowledged once it is in {@code
 * rows.jsonl} and on disk; it cannot be read earlier. A partial row that a crash leaves is cut off,
 * and the pipe has to give that row again. When the pipe has ended, {@code end} holds the number of
 * bytes and their checksum, and the pipe is never read again.
 */
public final class RowSpool {
  private static final String END_LINE = "bytes %d crc32c %d\n";
  private static final int BUFFER_BYTES = 1 << 16;

  /** No reader could use a longer row. */
  private static final long MAX_ROW_BYTES = 1 << 30;

  private final Path folder;
  private final Path rows;
  private final Path end;

  /** Null if no other process may write. */
  private final Runnable guard;

  /**
   * The open file of the rows.
   *
   * @param checksum of its bytes
   * @param rows number of rows
   */
  private record Opened(FileChannel file, CRC32C checksum, long rows) {}

  /**
   * @param folder created by {@link #open}, and removed again if no row came
   */
  public RowSpool(Path folder) {
    this(folder, null);
  }

  private RowSpool(Path folder, Runnable guard) {
    this.guard = guard;
    this.folder = folder;
    this.rows = folder.resolve("rows.jsonl");
    this.end = folder.resolve("end");
  }

  /**
   * The same spool for a process that another one may follow at any time. An empty spool is not
   * removed then.
   *
   * @param guard is called before every write, and throws if this process must not write any more
   */
  public RowSpool guardedBy(Runnable guard) {
    return new RowSpool(folder, guard);
  }

  /**
   * Is to be called before rows are written.
   *
   * @throws RuntimeException if another process may write by now
   */
  void requireWritable() {
    if (guard != null) {
      guard.run();
    }
  }

  /** Whether any row, or the end of the pipe, was ever acknowledged. */
  public boolean exists() {
    return Files.exists(rows);
  }

  /** Whether the pipe has ended. */
  public boolean isComplete() {
    return Files.exists(end);
  }

  /**
   * The rows: those that were acknowledged before, then those that the pipe gives.
   *
   * @param pipe read only if it has not ended in an earlier run; not closed
   * @param deadline longest wait for its next bytes
   * @param acknowledged receives the number of durable rows each time it grows
   * @param isStopped whether an end of the pipe may come from a signal to stop; such an end is not
   *     accepted
   * @throws UserException if the rows are not those that were acknowledged
   */
  public InputStream open(
      InputStream pipe, Duration deadline, LongConsumer acknowledged, BooleanSupplier isStopped) {
    try {
      Opened opened = open();
      acknowledged.accept(opened.rows);
      return new SpooledInput(
          opened.file,
          isComplete() ? null : new TimedInput(pipe, deadline),
          opened.rows,
          opened.checksum,
          this,
          acknowledged,
          isStopped);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Opens the spool for rows that are read while more of them come.
   *
   * @throws UserException if the rows are not those that were acknowledged
   */
  public GrowingSpool grow() {
    try {
      Opened opened = open();
      return new GrowingSpool(this, opened.file, opened.checksum, opened.rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The rows that are there, whether or not the pipe has ended. Changes nothing; a row that is not
   * whole must not be read.
   */
  public InputStream readSoFar() throws IOException {
    return new BufferedInputStream(Files.newInputStream(rows), BUFFER_BYTES);
  }

  /**
   * The rows of a pipe that has ended. Changes nothing.
   *
   * @throws UserException if the rows are not those that were acknowledged
   * @throws NoSuchFileException if the pipe has not ended
   */
  public InputStream read() throws IOException {
    String ended = Files.readString(end);
    try (FileChannel file = FileChannel.open(rows, StandardOpenOption.READ)) {
      requireAcknowledged(file.size(), checksum(file).getValue(), ended);
    }
    return new BufferedInputStream(Files.newInputStream(rows), BUFFER_BYTES);
  }

  /** Whether the last row is a complete JSON object although it has no line end. */
  static boolean isWholeRow(FileChannel file) throws IOException {
    long start = file.size();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (start > 0 && file.read(one.clear(), start - 1) == 1 && one.get(0) != '\n') {
      start--;
    }
    if (file.size() - start > MAX_ROW_BYTES) {
      return false;
    }
    ByteBuffer row = ByteBuffer.allocate((int) (file.size() - start));
    file.read(row, start);
    return JsonRows.isObject(new String(row.array(), StandardCharsets.UTF_8));
  }

  /** Removes the files of a pipe that gave no row, if no other process may write to them. */
  void remove() throws IOException {
    if (guard != null) {
      return;
    }
    Files.deleteIfExists(rows);
    Files.deleteIfExists(folder);
  }

  /** Records that the pipe has ended after this number of bytes. */
  void end(long bytes, long crc32c) throws IOException {
    requireWritable();
    DurableFile.replace(end, END_LINE.formatted(bytes, crc32c));
  }

  void forceFolder() throws IOException {
    DurableFile.forceFolder(folder);
  }

  /** Creates the file if it is missing; then it holds whole rows, and those that are expected. */
  private Opened open() throws IOException {
    Files.createDirectories(folder);
    FileChannel file =
        FileChannel.open(
            rows, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      long kept = cutAndCount(file);
      CRC32C checksum = checksum(file);
      if (isComplete()) {
        requireAcknowledged(file.size(), checksum.getValue(), Files.readString(end));
      }
      return new Opened(file, checksum, kept);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Cuts off a row that is not whole, and counts the others. */
  private long cutAndCount(FileChannel file) throws IOException {
    long count = 0;
    long whole = 0;
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    for (long at = 0; file.read(buffer.clear(), at) > 0; at += buffer.limit()) {
      buffer.flip();
      for (int i = 0; i < buffer.limit(); i++) {
        if (buffer.get(i) == '\n') {
          count++;
          whole = at + i + 1;
        }
      }
    }
    if (whole < file.size() && !isComplete()) {
      file.truncate(whole);
      file.force(true);
    }
    return count;
  }

  private static CRC32C checksum(FileChannel file) throws IOException {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    for (long at = 0; file.read(buffer.clear(), at) > 0; at += buffer.limit()) {
      checksum.update(buffer.flip().duplicate());
    }
    return checksum;
  }

  private void requireAcknowledged(long bytes, long crc32c, String ended) {
    if (!END_LINE.formatted(bytes, crc32c).equals(ended)) {
      throw new UserException(
          "The rows in %s are not those that were acknowledged (%s holds their length and checksum); restore the file, or start a new run."
              .formatted(rows, end));
    }
  }
}
