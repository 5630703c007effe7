package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads lines of UTF-8 without their line ends; skips a line beyond the limit and reports it as too
 * long. Lines end with a line feed, and a carriage return before it belongs to the line end. If the
 * first 64 KiB contain carriage returns and no line feed, lines end with carriage returns.
 */
final class LineReader {
  private final InputStream in;
  private final int maxLineBytes;
  private final byte[] buffer = new byte[1 << 16];
  private boolean begun;
  private byte lineEnd = '\n';
  private int position;
  private int limit;
  private long consumed;

  private byte[] line = new byte[1 << 12];
  private int length;
  private long number;
  private long offset;

  LineReader(InputStream in, int maxLineBytes) {
    this(in, maxLineBytes, 0, 0);
  }

  /**
   * @param in without the first lines
   * @param linesBefore number of lines before it
   * @param bytesBefore number of bytes before it
   */
  LineReader(InputStream in, int maxLineBytes, long linesBefore, long bytesBefore) {
    this.in = in;
    this.maxLineBytes = maxLineBytes;
    this.number = linesBefore;
    this.consumed = bytesBefore;
  }

  /**
   * Goes to the next line; false if there is none. If the input has grown by whole lines since, a
   * later call reads them.
   *
   * @throws DataFileException if the first bytes are not text in UTF-8
   */
  boolean next() throws IOException {
    if (!begun && !begin()) {
      return false;
    }
    offset = consumed;
    length = 0;
    boolean any = false;
    while (position < limit || fill()) {
      any = true;
      int end = position;
      while (end < limit && buffer[end] != lineEnd) {
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
    number += any ? 1 : 0;
    trim();
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

  /** Where the line ends and the next one begins. */
  long end() {
    return consumed;
  }

  /**
   * The line without a byte order mark at its start; joined files have several marks.
   *
   * @throws UnusableRow if it is too long or not UTF-8
   */
  String text() throws UnusableRow {
    if (length > maxLineBytes) {
      throw new UnusableRow("line longer than %d bytes".formatted(maxLineBytes));
    }
    String text = Utf8.decode(line, length, "");
    return text.startsWith(Text.BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  /** Removes the carriage return before a line feed, or the line feed after a carriage return. */
  private void trim() {
    if (length > 0 && length <= maxLineBytes) {
      if (lineEnd == '\n' && line[length - 1] == '\r') {
        length--;
      } else if (lineEnd == '\r' && line[0] == '\n') {
        System.arraycopy(line, 1, line, 0, --length);
      }
    }
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

  /** Looks at the first bytes; false if there are none yet. */
  private boolean begin() throws IOException {
    limit = in.readNBytes(buffer, 0, buffer.length);
    if (limit == 0) {
      return false;
    }
    begun = true;
    FileStart.check(buffer, limit);
    boolean returns = false;
    boolean feeds = false;
    for (int i = 0; i < limit; i++) {
      returns |= buffer[i] == '\r';
      feeds |= buffer[i] == '\n';
    }
    lineEnd = (byte) (returns && !feeds ? '\r' : '\n');
    return true;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit > 0;
  }
}
