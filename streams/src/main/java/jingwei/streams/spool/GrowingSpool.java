package jingwei.streams.spool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
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
  /** How often a wait looks whether it was given up. */
  private static final Duration POLL = Duration.ofMillis(50);

  private final RowSpool spool;
  private final FileChannel file;
  private final CRC32C checksum;
  private final Lock writing = new ReentrantLock();
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile long bytes;
  private volatile long rows;
  private long furthest;
  private boolean isEnded;
  private boolean isStopped;
  private RuntimeException failure;

  /**
   * @param file open for reading and writing; it holds whole rows, and is closed at the end
   * @param checksum of the file
   * @param rows number of rows in it
   */
  GrowingSpool(RowSpool spool, FileChannel file, CRC32C checksum, long rows) throws IOException {
    this.spool = spool;
    this.file = file;
    this.checksum = checksum;
    this.rows = rows;
    this.bytes = file.size();
    this.isEnded = spool.isComplete();
  }

  @Override
  public long append(ByteBuffer more) {
    if (!more.hasRemaining() || more.get(more.limit() - 1) != '\n') {
      throw new IllegalArgumentException("rows must end with a line end");
    }
    writing.lock();
    try {
      requireOpen();
      ByteBuffer out = more.duplicate();
      long at = bytes;
      while (out.hasRemaining()) {
        at += file.write(out, at);
      }
      file.force(false);
      if (bytes == 0) {
        spool.forceFolder();
      }
      checksum.update(more.duplicate());
      long count = rows;
      for (int i = more.position(); i < more.limit(); i++) {
        count += more.get(i) == '\n' ? 1 : 0;
      }
      rows = count;
      change(at, false);
      return count;
    } catch (IOException e) {
      UncheckedIOException lost = new UncheckedIOException(e);
      fail(lost);
      throw lost;
    } finally {
      writing.unlock();
    }
  }

  /** Records that no row follows, for good. */
  public void end() {
    writing.lock();
    try {
      requireOpen();
      spool.end(bytes, checksum.getValue());
      change(bytes, true);
    } catch (IOException e) {
      UncheckedIOException lost = new UncheckedIOException(e);
      fail(lost);
      throw lost;
    } finally {
      writing.unlock();
    }
  }

  /** Takes no more rows: no row follows for now. The durable rows can still be read. */
  public void stop() {
    writing.lock();
    lock.lock();
    try {
      isStopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
      writing.unlock();
    }
  }

  /**
   * No row follows for now, because the source failed. The durable rows can still be read. A
   * failure after {@link #stop} does not count.
   */
  public void fail(RuntimeException reason) {
    lock.lock();
    try {
      if (failure == null && !isStopped) {
        failure = reason;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<RuntimeException> failure() {
    lock.lock();
    try {
      return Optional.ofNullable(failure);
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is recorded that no row follows. */
  public boolean isEnded() {
    lock.lock();
    try {
      return isEnded;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long count() {
    return rows;
  }

  /**
   * Waits until the rows that no reader has read are few. The readers decide how long: they wait
   * for rows with deadlines of their own.
   *
   * @param mostAhead bytes that may be unread
   * @return false if no row is wanted any more
   */
  public boolean awaitRoom(long mostAhead) {
    lock.lock();
    try {
      while (isOpen() && bytes - furthest > mostAhead) {
        changed.awaitUninterruptibly();
      }
      return isOpen();
    } finally {
      lock.unlock();
    }
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
      if (bytes == 0) {
        spool.remove();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireOpen() {
    lock.lock();
    try {
      if (!isOpen()) {
        throw new IllegalStateException("no row can be appended any more");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether rows may follow; under the lock. */
  private boolean isOpen() {
    return !isStopped && !isEnded && failure == null;
  }

  private void change(long durableBytes, boolean ended) {
    lock.lock();
    try {
      bytes = durableBytes;
      isEnded = ended;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private final class Reader extends RowInput {
    private long position;

    Reader(long from) {
      position = from;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int most = (int) Math.min(length, bytes - position);
      if (most == 0) {
        return length == 0 ? 0 : -1;
      }
      int read = file.read(ByteBuffer.wrap(into, offset, most), position);
      position += Math.max(0, read);
      advance();
      return read;
    }

    @Override
    public boolean await(BooleanSupplier isGivenUp) {
      try {
        while (isWaiting()) {
          if (isGivenUp.getAsBoolean()) {
            return false;
          }
          awaitChange();
        }
        return bytes > position && file.isOpen();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private boolean isWaiting() {
      lock.lock();
      try {
        return bytes == position && isOpen();
      } finally {
        lock.unlock();
      }
    }

    private void awaitChange() throws InterruptedException {
      lock.lock();
      try {
        if (isWaiting()) {
          var _ = changed.await(POLL.toNanos(), TimeUnit.NANOSECONDS);
        }
      } finally {
        lock.unlock();
      }
    }

    private void advance() {
      lock.lock();
      try {
        if (position > furthest) {
          furthest = position;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
