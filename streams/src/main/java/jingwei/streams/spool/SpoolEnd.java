package jingwei.streams.spool;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The present end of a growing spool, whether it may still grow, and the waits of its readers and
 * its source. Thread-safe.
 */
final class SpoolEnd {
  /** How often a wait looks whether it was given up. */
  private static final Duration POLL = Duration.ofMillis(50);

  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile long bytes;
  private volatile long rows;
  private long furthest;
  private boolean isEnded;
  private boolean isStopped;
  private RuntimeException failure;

  /**
   * @param bytes number of durable bytes
   * @param rows number of durable rows
   * @param isEnded true if no row follows
   */
  SpoolEnd(long bytes, long rows, boolean isEnded) {
    this.bytes = bytes;
    this.rows = rows;
    this.isEnded = isEnded;
  }

  long bytes() {
    return bytes;
  }

  long rows() {
    return rows;
  }

  /** Moves the end: this many bytes and rows are durable. */
  void moveTo(long durableBytes, long durableRows) {
    change(
        () -> {
          bytes = durableBytes;
          rows = durableRows;
        });
  }

  /** No row follows, for good. */
  void end() {
    change(() -> isEnded = true);
  }

  /** No row follows for now. */
  void stop() {
    change(() -> isStopped = true);
  }

  /**
   * No row follows because of a failure, unless the end was stopped before; the first one counts.
   */
  void fail(RuntimeException reason) {
    change(
        () -> {
          if (failure == null && !isStopped) {
            failure = reason;
          }
        });
  }

  Optional<RuntimeException> failure() {
    lock.lock();
    try {
      return Optional.ofNullable(failure);
    } finally {
      lock.unlock();
    }
  }

  boolean isEnded() {
    lock.lock();
    try {
      return isEnded;
    } finally {
      lock.unlock();
    }
  }

  /** Whether rows may follow. */
  boolean isOpen() {
    lock.lock();
    try {
      return !isStopped && !isEnded && failure == null;
    } finally {
      lock.unlock();
    }
  }

  /** A reader has read up to here. */
  void wasRead(long position) {
    if (position > furthest()) {
      change(() -> furthest = Math.max(furthest, position));
    }
  }

  private long furthest() {
    lock.lock();
    try {
      return furthest;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for bytes after a position.
   *
   * @param isGivenUp polled during the wait, without the lock: it may take long
   * @return false if none follow, or if the wait was given up
   */
  boolean awaitMore(long position, BooleanSupplier isGivenUp) {
    try {
      while (bytes == position && isOpen()) {
        if (isGivenUp.getAsBoolean()) {
          return false;
        }
        awaitChange(position);
      }
      return bytes > position;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void awaitChange(long position) throws InterruptedException {
    lock.lock();
    try {
      long left = POLL.toNanos();
      while (bytes == position && isOpen() && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until at most this many bytes are unread.
   *
   * @return false if no row is wanted any more
   */
  boolean awaitRoom(long mostAhead) {
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

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
