package jingwei.streams.spool;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Rows that have become durable, while more of them come. Rows have one order, the order in which
 * they were appended. Thread-safe: several writers and readers may use it at once.
 */
public interface DurableRows {
  /**
   * Appends whole rows, and returns once they are on disk. Only then may they be acknowledged.
   *
   * @param rows ends with a line end
   * @return number of all durable rows
   * @throws java.io.UncheckedIOException if they cannot be written; they are not acknowledged, and
   *     nothing can be appended any more
   */
  long append(ByteBuffer rows);

  /** Number of durable rows. */
  long count();

  /** A new reader of all durable rows, from the first one on. */
  default RowInput reader() {
    return reader(0);
  }

  /**
   * A new reader of durable rows.
   *
   * @param from number of bytes before the first row to read
   */
  RowInput reader(long from);

  /** Why no more rows come, if that is not because they have ended. */
  Optional<RuntimeException> failure();
}
