package jingwei.streams.spool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/**
 * A spool that is read while rows are appended to it. Writers may be at most a number of bytes
 * ahead of the reader that has read most; so a fast source fills neither memory nor disk, and a
 * reader that waits for rows always gets the next ones.
 */
public final class GrowingSpool implements DurableRows, AutoCloseable {
  private final RowSpool spool;
  private final FileChannel file;
  private final CRC32C checksum;
  private final SpoolEnd end;
  private final Lock writing = new ReentrantLock();

  /**
   * @param file open for reading and writing; it holds whole rows, and is closed at the end
   * @param checksum of the file
   * @param rows number of rows in it
   */
  GrowingSpool(RowSpool spool, FileChannel file, CRC32C checksum, long rows) throws IOException {
    this.spool = spool;
    this.file = file;
    this.checksum = checksum;
    this.end = new SpoolEnd(file.size(), rows, spool.isComplete());
  }

  @Override
  public long append(ByteBuffer more) {
    if (!more.hasRemaining() || more.get(more.limit() - 1) != '\n') {
      throw new IllegalArgumentException("rows must end with a line end");
    }
    writing.lock();
    try {
      requireOpen();
      spool.requireWritable();
      long from = end.bytes();
      long to = write(more.duplicate(), from);
      if (from == 0) {
        spool.forceFolder();
      }
      checksum.update(more.duplicate());
      long count = end.rows() + lines(more);
      end.moveTo(to, count);
      return count;
    } catch (IOException e) {
      throw failed(e);
    } finally {
      writing.unlock();
    }
  }

  /** Records that no row follows, for good. */
  public void end() {
    writing.lock();
    try {
      requireOpen();
      spool.end(end.bytes(), checksum.getValue());
      end.end();
    } catch (IOException e) {
      throw failed(e);
    } finally {
      writing.unlock();
    }
  }

  /** Takes no more rows: no row follows for now. The durable rows can still be read. */
  public void stop() {
    writing.lock(); // rows that are being written are kept
    try {
      end.stop();
    } finally {
      writing.unlock();
    }
  }

  /**
   * No row follows for now, because the source failed. The durable rows can still be read. A
   * failure after {@link #stop} does not count.
   */
  public void fail(RuntimeException reason) {
    end.fail(reason);
  }

  @Override
  public Optional<RuntimeException> failure() {
    return end.failure();
  }

  /** Whether it is recorded that no row follows. */
  public boolean isEnded() {
    return end.isEnded();
  }

  @Override
  public long count() {
    return end.rows();
  }

  /**
   * Waits until the rows that no reader has read are few. The readers decide how long: they wait
   * for rows with deadlines of their own.
   *
   * @param mostAhead bytes that may be unread
   * @return false if no row is wanted any more
   */
  public boolean awaitRoom(long mostAhead) {
    return end.awaitRoom(mostAhead);
  }

  @Override
  public RowInput reader(long from) {
    return new Reader(from);
  }

  /** Stops, ends all waits, and removes the spool if it holds no row. */
  @Override
  public void close() {
    stop();
    try {
      file.close();
      if (end.bytes() == 0) {
        spool.remove();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireOpen() {
    if (!end.isOpen()) {
      throw new IllegalStateException("no row can be appended any more");
    }
  }

  /** Writes bytes to disk; returns the position after them. */
  private long write(ByteBuffer out, long from) throws IOException {
    long at = from;
    while (out.hasRemaining()) {
      at += file.write(out, at);
    }
    file.force(false);
    return at;
  }

  private static long lines(ByteBuffer rows) {
    long count = 0;
    for (int i = rows.position(); i < rows.limit(); i++) {
      count += rows.get(i) == '\n' ? 1 : 0;
    }
    return count;
  }

  private UncheckedIOException failed(IOException reason) {
    UncheckedIOException failure = new UncheckedIOException(reason);
    fail(failure);
    return failure;
  }

  private final class Reader extends RowInput {
    private long position;

    Reader(long from) {
      position = from;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int most = (int) Math.min(length, end.bytes() - position);
      if (most == 0) {
        return length == 0 ? 0 : -1;
      }
      int read = file.read(ByteBuffer.wrap(into, offset, most), position);
      position += Math.max(0, read);
      end.wasRead(position);
      return read;
    }

    @Override
    public boolean await(BooleanSupplier isGivenUp) {
      return end.awaitMore(position, isGivenUp) && file.isOpen();
    }
  }
}
