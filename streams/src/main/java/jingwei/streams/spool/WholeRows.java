package jingwei.streams.spool;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Puts the rows of a stream of bytes together, and passes on whole rows only. Of a row that is too
 * long it keeps as much as shows that.
 */
public final class WholeRows {
  private final int mostBytes;
  private byte[] held = new byte[1 << 12];
  private int length;

  /**
   * @param mostBytes length of the longest row that can be used
   */
  public WholeRows(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /**
   * Adds bytes.
   *
   * @param rows receives all rows that are now whole, if there are any; valid during the call
   */
  public void add(byte[] bytes, int count, Consumer<ByteBuffer> rows) {
    int whole = 0;
    for (int from = 0; from < count; ) {
      int end = from;
      while (end < count && bytes[end] != '\n') {
        end++;
      }
      keep(bytes, from, end, whole);
      if (end < count) {
        reserve(length + 1);
        held[length++] = '\n';
        whole = length;
      }
      from = end + 1;
    }
    if (whole > 0) {
      rows.accept(ByteBuffer.wrap(held, 0, whole).slice());
      System.arraycopy(held, whole, held, 0, length - whole);
      length -= whole;
    }
  }

  /** The bytes of the row that is not whole; empty if there is none. */
  public byte[] rest() {
    return Arrays.copyOf(held, length);
  }

  /**
   * @param start of the row among the held bytes
   */
  private void keep(byte[] bytes, int from, int end, int start) {
    int room = mostBytes + 1 - (length - start);
    int kept = Math.min(end - from, Math.max(0, room));
    reserve(length + kept);
    System.arraycopy(bytes, from, held, length, kept);
    length += kept;
  }

  private void reserve(int bytes) {
    if (bytes > held.length) {
      held = Arrays.copyOf(held, Math.max(bytes, held.length * 2));
    }
  }
}
