package jingwei.streams.spool;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import jingwei.model.UserException;
import jingwei.model.corpus.JsonRows;

/**
 * Takes the rows of a pipe into a spool, in a thread of its own. A thread that waits for a pipe
 * cannot be interrupted, so it is a daemon thread.
 */
public final class RowIntake {
  private static final int BUFFER_BYTES = 1 << 18;

  /** Bytes in the spool that no domain has read, above which the pipe has to wait. */
  private static final long MOST_AHEAD_BYTES = 64L << 20;

  /**
   * A signal to stop often ends the producer, too, and the end of the pipe may be seen before the
   * signal.
   */
  private static final Duration SIGNAL_DELAY = Duration.ofMillis(300);

  private final InputStream pipe;
  private final GrowingSpool spool;
  private final LongConsumer acknowledged;
  private final BooleanSupplier isStopped;
  private final WholeRows whole;
  private boolean hasGivenAnything;

  private RowIntake(
      InputStream pipe,
      GrowingSpool spool,
      int maxRowBytes,
      LongConsumer acknowledged,
      BooleanSupplier isStopped) {
    this.pipe = pipe;
    this.spool = spool;
    this.acknowledged = acknowledged;
    this.isStopped = isStopped;
    this.whole = new WholeRows(maxRowBytes);
  }

  /**
   * Begins to read a pipe that continues after the rows of the spool. If the spool has ended, the
   * pipe is not read. The spool tells readers of a failure.
   *
   * @param pipe not closed
   * @param spool its end is that of the pipe; closing it ends the reading
   * @param maxRowBytes longest row that can be used; a longer one is kept in part
   * @param acknowledged receives the number of durable rows each time it grows, and once more when
   *     the end is recorded, in the thread that reads
   * @param isStopped whether an end of the pipe may come from a signal to stop; such an end is not
   *     accepted
   */
  public static void start(
      InputStream pipe,
      GrowingSpool spool,
      int maxRowBytes,
      LongConsumer acknowledged,
      BooleanSupplier isStopped) {
    RowIntake intake = new RowIntake(pipe, spool, maxRowBytes, acknowledged, isStopped);
    Thread.ofPlatform().daemon().name("standard-input").start(intake::run);
  }

  private void run() {
    try {
      byte[] buffer = new byte[BUFFER_BYTES];
      while (spool.awaitRoom(MOST_AHEAD_BYTES)) {
        int read = pipe.read(buffer);
        if (read < 0) {
          end();
          return;
        }
        hasGivenAnything |= read > 0;
        whole.add(buffer, read, this::append);
      }
    } catch (IOException e) {
      spool.fail(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      spool.fail(e);
    }
  }

  private boolean isStoppedSoon() {
    long end = System.nanoTime() + SIGNAL_DELAY.toNanos();
    while (!isStopped.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(SIGNAL_DELAY.toNanos() / 10);
    }
    return isStopped.getAsBoolean();
  }

  private void append(ByteBuffer rows) {
    acknowledged.accept(spool.append(rows));
  }

  /**
   * Refuses an end that may come from a producer that never started or was killed in the middle of
   * a row: an accepted end is final.
   */
  private void end() throws IOException {
    if (isStoppedSoon()) {
      throw new IOException("the run was stopped while it read standard input");
    }
    if (!hasGivenAnything) {
      throw new UserException(
          spool.count() == 0
              ? "Standard input gave no row; give JSONL rows with the fields domain and text."
              : "Standard input gave nothing after the %d rows that are kept; give the rows after them, or an empty line if there are none."
                  .formatted(spool.count()));
    }
    byte[] rest = whole.rest();
    if (rest.length > 0) {
      if (!JsonRows.isObject(new String(rest, StandardCharsets.UTF_8))) {
        throw new IOException("standard input ended in the middle of a row");
      }
      whole.add(new byte[] {'\n'}, 1, this::append);
    }
    spool.end();
    acknowledged.accept(spool.count());
  }
}
