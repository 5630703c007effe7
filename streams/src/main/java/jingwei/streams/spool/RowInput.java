package jingwei.streams.spool;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/**
 * Reads durable rows as bytes. A read never waits: at the present end it returns -1, and after
 * {@link #await} there may be more. The present end is always the end of a row. Belongs to one
 * thread at a time.
 */
public abstract class RowInput extends InputStream {
  /**
   * Waits until more bytes can be read.
   *
   * @param isGivenUp polled during the wait; if true, the wait ends
   * @return false if no bytes follow, or if the wait was given up
   */
  public abstract boolean await(BooleanSupplier isGivenUp);

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public abstract int read(byte[] into, int offset, int length) throws IOException;
}
