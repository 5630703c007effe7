package jingwei.model.corpus;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The content of a gzip file (RFC 1952): all its members, one after the other. Zero bytes after a
 * member are padding. Anything else that is not a whole member is an error that names its position;
 * the JDK's GZIPInputStream takes it for the end of the file.
 */
final class GzipMembers extends InputStream {
  private static final int HEADER_CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 headerChecksum = new CRC32();
  private final CRC32 checksum = new CRC32();
  private final byte[] buffer = new byte[1 << 16];
  private int position;
  private int limit;
  private long passed;

  private long member;
  private long start;
  private boolean isInside;

  GzipMembers(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    try {
      while (isInside || nextMember()) {
        int read = inflate(bytes, offset, length);
        if (read > 0) {
          return read;
        }
      }
      return -1;
    } catch (EOFException e) {
      throw damaged("the file ends inside it");
    }
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }

  /** Some content of the member; none if it is at its end. */
  private int inflate(byte[] bytes, int offset, int length) throws IOException {
    while (true) {
      int read;
      try {
        read = inflater.inflate(bytes, offset, length);
      } catch (DataFormatException e) {
        throw damaged("its data is damaged: " + OneLine.of(e));
      }
      if (read > 0) {
        checksum.update(bytes, offset, read);
        return read;
      }
      if (inflater.finished()) {
        position = limit - inflater.getRemaining();
        endMember();
        return 0;
      }
      if (position == limit && !fill()) {
        throw new EOFException();
      }
      inflater.setInput(buffer, position, limit - position);
      position = limit;
    }
  }

  private boolean nextMember() throws IOException {
    while (member > 0 && (position < limit || fill()) && buffer[position] == 0) {
      position++;
    }
    if (position == limit && !fill()) {
      if (member == 0) {
        throw new DataFileException("it is empty and not even a gzip file");
      }
      return false;
    }
    member++;
    start = passed + position;
    headerChecksum.reset();
    readHeader();
    checksum.reset();
    inflater.reset();
    isInside = true;
    return true;
  }

  private void readHeader() throws IOException {
    if (headerByte() != 0x1F || headerByte() != 0x8B) {
      throw damaged("no gzip member begins here");
    }
    int method = headerByte();
    if (method != 8) {
      throw damaged("its header is damaged: compression method " + method);
    }
    int flags = headerByte();
    if ((flags & RESERVED) != 0) {
      throw damaged("its header is damaged: flags 0x" + Integer.toHexString(flags));
    }
    for (int i = 0; i < 6; i++) { // time, level and system
      headerByte();
    }
    if ((flags & EXTRA) != 0) {
      for (int left = headerByte() | headerByte() << 8; left > 0; left--) {
        headerByte();
      }
    }
    for (int text : new int[] {NAME, COMMENT}) {
      while ((flags & text) != 0 && headerByte() != 0) {
        // up to the zero that ends it
      }
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      int computed = (int) headerChecksum.getValue() & 0xFFFF;
      if ((headerByte() | headerByte() << 8) != computed) {
        throw damaged("its header is damaged: its checksum differs");
      }
    }
  }

  private void endMember() throws IOException {
    isInside = false;
    if (little() != checksum.getValue()) {
      throw damaged("its content is damaged: its checksum differs");
    }
    if (little() != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
      throw damaged("its content is damaged: its length differs");
    }
  }

  private long little() throws IOException {
    long value = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      value |= (long) next() << shift;
    }
    return value;
  }

  private int headerByte() throws IOException {
    int next = next();
    headerChecksum.update(next);
    return next;
  }

  private int next() throws IOException {
    if (position == limit && !fill()) {
      throw new EOFException();
    }
    return buffer[position++] & 0xFF;
  }

  private boolean fill() throws IOException {
    passed += limit;
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit > 0;
  }

  private DataFileException damaged(String reason) {
    return new DataFileException(
        "gzip member %d at compressed byte %d: %s".formatted(member, start, reason));
  }
}
