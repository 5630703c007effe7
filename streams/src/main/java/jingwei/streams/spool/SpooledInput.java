package jingwei.streams.spool;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import jingwei.model.UserException;

/** Reads the rows in the spool, then those of the pipe, each only when the spool holds it. */
final class SpooledInput extends InputStream {
  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel file;
  private final TimedInput pipe;
  private final CRC32C checksum;
  private final RowSpool spool;
  private final LongConsumer acknowledged;
  private final BooleanSupplier isStopped;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long rows;

  /** Bytes of the file, as this process knows it. */
  private long size;

  private long given;
  private boolean endsWithinRow;
  private boolean hasGivenAnything;

  /**
   * @param pipe null if it ended in an earlier run
   * @param rows number of rows in the file
   * @param checksum of the file
   * @param isStopped whether the end of the pipe may come from a signal to stop
   */
  SpooledInput(
      FileChannel file,
      TimedInput pipe,
      long rows,
      CRC32C checksum,
      RowSpool spool,
      LongConsumer acknowledged,
      BooleanSupplier isStopped)
      throws IOException {
    this.file = file;
    this.size = file.size();
    this.pipe = pipe;
    this.rows = rows;
    this.checksum = checksum;
    this.spool = spool;
    this.acknowledged = acknowledged;
    this.isStopped = isStopped;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      int read = file.read(ByteBuffer.wrap(into, offset, length), given);
      if (read > 0) {
        given += read;
        return read;
      }
      if (pipe == null || spool.isComplete() || !append()) {
        return -1;
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (pipe != null) {
      pipe.close();
    }
    boolean isEmpty = file.size() == 0;
    file.close();
    if (isEmpty) {
      spool.remove();
    }
  }

  /** Appends the available bytes of the pipe; false at its end. */
  private boolean append() {
    try {
      int read = pipe.read(buffer, "the next row of standard input");
      if (read >= 0) {
        write(read);
        return true;
      }
      boolean isCut = endsWithinRow;
      requireAnEnd();
      if (isCut) {
        buffer[0] = '\n';
        write(1);
      }
      spool.end(size, checksum.getValue());
      return isCut;
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException(
              "%s; %d rows are kept, go on with --resume latest and the rows after them"
                  .formatted(e.getMessage(), rows),
              e));
    }
  }

  /**
   * Refuses an end of the pipe that may come from a producer that never started or was killed in
   * the middle of a row: an accepted end is final.
   */
  private void requireAnEnd() throws IOException {
    if (isStopped.getAsBoolean()) {
      throw new IOException("the run was stopped while it read standard input");
    }
    if (!hasGivenAnything) {
      throw new UserException(
          rows == 0
              ? "Standard input gave no row; give JSONL rows, or name files with --data."
              : "Standard input gave nothing after the %d rows that are kept; give the rows after them, or an empty line if there are none."
                  .formatted(rows));
    }
    if (endsWithinRow && !RowSpool.isWholeRow(file)) {
      throw new IOException("standard input ended in the middle of a row");
    }
  }

  private void write(int bytes) throws IOException {
    hasGivenAnything = true;
    boolean isFirst = size == 0;
    ByteBuffer out = ByteBuffer.wrap(buffer, 0, bytes);
    spool.requireWritable();
    while (out.hasRemaining()) {
      size += file.write(out, size);
    }
    file.force(false);
    if (isFirst) {
      spool.forceFolder();
    }
    checksum.update(buffer, 0, bytes);
    for (int i = 0; i < bytes; i++) {
      rows += buffer[i] == '\n' ? 1 : 0;
    }
    endsWithinRow = buffer[bytes - 1] != '\n';
    acknowledged.accept(rows);
  }
}
