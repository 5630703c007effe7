package jingwei.cluster.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads a stream that may be silent for long, in a thread of its own. A thread that waits for a
 * pipe cannot be interrupted, so it is a daemon thread.
 */
final class PipeReader {
  /** Some bytes, or why there are none. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Part(byte[] bytes, RuntimeException failure) {}

  private final BlockingQueue<Part> parts = new ArrayBlockingQueue<>(1);

  private PipeReader() {}

  /**
   * Begins to read.
   *
   * @param mostBytes of a part
   */
  static PipeReader start(InputStream stream, int mostBytes) {
    PipeReader reader = new PipeReader();
    Thread.ofPlatform()
        .daemon()
        .name("standard-input")
        .start(() -> reader.readAll(stream, mostBytes));
    return reader;
  }

  /**
   * The next bytes; none at the end of the stream.
   *
   * @param longest time to wait
   * @return empty if nothing came in that time
   * @throws RuntimeException if the stream cannot be read
   */
  Optional<byte[]> poll(Duration longest) {
    try {
      Part part = parts.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
      if (part == null) {
        return Optional.empty();
      }
      if (part.failure != null) {
        throw part.failure;
      }
      return Optional.of(part.bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private void readAll(InputStream stream, int mostBytes) {
    byte[] buffer = new byte[mostBytes];
    try {
      int read;
      do {
        read = stream.read(buffer);
        parts.put(new Part(Arrays.copyOf(buffer, Math.max(0, read)), null));
      } while (read >= 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      fail(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void fail(RuntimeException reason) {
    try {
      parts.put(new Part(new byte[0], reason));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
