package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads lines as bytes, without their line ends; a line beyond the limit is passed over and
 * reported as too long.
 */
final class LineReader {
  private final InputStream in;
  private final int maxLineBytes;
  private final byte[] buffer = new byte[1 << 16];
  private int position;
  private int limit;
  private long consumed;

  private byte[] line = new byte[1 << 12];
  private int length;
  private long number;
  private long offset;

  LineReader(InputStream in, int maxLineBytes) {
    this.in = in;
    this.maxLineBytes = maxLineBytes;
  }

  /** Goes to the next line; false if there is none. */
  boolean next() throws IOException {
    number++;
    offset = consumed;
    length = 0;
    boolean any = false;
    while (position < limit || fill()) {
      any = true;
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      append(end);
      boolean found = end < limit;
      consumed += end - position + (found ? 1 : 0);
      position = found ? end + 1 : end;
      if (found) {
        break;
      }
    }
    if (any && !isTooLong() && length > 0 && line[length - 1] == '\r') {
      length--;
    }
    return any;
  }

  /** The number of the line, from 1. */
  long number() {
    return number;
  }

  /** Where the line begins, in bytes from 0. */
  long offset() {
    return offset;
  }

  boolean isTooLong() {
    return length > maxLineBytes;
  }

  byte[] bytes() {
    return Arrays.copyOf(line, length);
  }

  private void append(int end) {
    int more = Math.min(end - position, maxLineBytes + 1 - length);
    if (length + more > line.length) {
      line =
          Arrays.copyOf(
              line, (int) Math.min(maxLineBytes + 1L, Math.max(length + more, line.length * 2L)));
    }
    System.arraycopy(buffer, position, line, length, more);
    length += more;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit > 0;
  }
}
