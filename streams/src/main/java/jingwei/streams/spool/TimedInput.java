package jingwei.streams.spool;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;

/**
 * Reads a stream that may fall silent, with a deadline. A thread that waits for a pipe cannot be
 * interrupted, so it is a daemon thread.
 */
final class TimedInput implements AutoCloseable {
  private final InputStream in;
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("standard-input").factory());
  private final Duration deadline;

  TimedInput(InputStream in, Duration deadline) {
    this.in = in;
    this.deadline = deadline;
  }

  /**
   * Reads the available bytes, at least one; -1 at the end.
   *
   * @param awaited what the read waits for, for the message
   */
  int read(byte[] into, String awaited) throws IOException {
    Future<Integer> reading = reader.submit(() -> in.read(into, 0, into.length));
    StallWatch watch = new StallWatch(new Progress(), deadline, System::nanoTime);
    try {
      while (!watch.isStalled()) {
        if (isDone(reading, watch.interval())) {
          return reading.get();
        }
      }
      throw new IOException("the run waited %d s for %s".formatted(deadline.toSeconds(), awaited));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException asItIs) {
        throw asItIs;
      }
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while it waited for " + awaited, e);
    }
  }

  private static boolean isDone(Future<Integer> reading, Duration wait)
      throws InterruptedException, ExecutionException {
    try {
      reading.get(wait.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
