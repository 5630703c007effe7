package jingwei.actors.transport;

import java.nio.ByteOrder;
import jingwei.model.memory.ElementType;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The header of each part of a tensor in the log: {@value #BYTES} bytes, little-endian.
 *
 * <pre>
 *  0 int  layout of this header      24 long bytes of the tensor
 *  4 int  type of the elements       32 long version
 *  8 long transfer                   40 int  bytes of this part
 * 16 long offset of this part        44 int  CRC32C of the tensor up to the end of this part
 * </pre>
 */
record PartHeader(
    long transfer,
    long offset,
    long tensorBytes,
    long version,
    int typeCode,
    int partBytes,
    int crc32c) {
  static final int BYTES = 48;
  private static final int LAYOUT = 0x4a57_0001;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /** The part of {@code partBytes} bytes at {@code offset}. */
  static PartHeader of(TensorRef tensor, long offset, int partBytes, int crc32c) {
    return new PartHeader(
        tensor.transfer(),
        offset,
        tensor.bytes(),
        tensor.version(),
        code(tensor.type()),
        partBytes,
        crc32c);
  }

  /** The header of a first part without its size, to compare tensors. */
  static PartHeader whole(TensorRef tensor) {
    return of(tensor, 0, 0, 0);
  }

  /** Reads a header; null if it does not have this layout or is inconsistent. */
  static PartHeader read(DirectBuffer buffer, int at, int length) {
    if (length < BYTES || buffer.getInt(at, ORDER) != LAYOUT) {
      return null;
    }
    PartHeader header =
        new PartHeader(
            buffer.getLong(at + 8, ORDER),
            buffer.getLong(at + 16, ORDER),
            buffer.getLong(at + 24, ORDER),
            buffer.getLong(at + 32, ORDER),
            buffer.getInt(at + 4, ORDER),
            buffer.getInt(at + 40, ORDER),
            buffer.getInt(at + 44, ORDER));
    return header.isPossible() ? header : null;
  }

  /** Whether the part lies within the tensor; written so that no sum can overflow. */
  private boolean isPossible() {
    return tensorBytes > 0
        && partBytes > 0
        && offset >= 0
        && offset < tensorBytes
        && partBytes <= tensorBytes - offset;
  }

  void write(MutableDirectBuffer buffer) {
    buffer.putInt(0, LAYOUT, ORDER);
    buffer.putInt(4, typeCode, ORDER);
    buffer.putLong(8, transfer, ORDER);
    buffer.putLong(16, offset, ORDER);
    buffer.putLong(24, tensorBytes, ORDER);
    buffer.putLong(32, version, ORDER);
    buffer.putInt(40, partBytes, ORDER);
    buffer.putInt(44, crc32c, ORDER);
  }

  /** Whether this is the last part of the tensor. */
  boolean isLast() {
    return offset + partBytes == tensorBytes;
  }

  /** How this part differs from the tensor that a receiver expects; null if it does not. */
  String mismatch(TensorRef expected) {
    if (tensorBytes == expected.bytes()
        && version == expected.version()
        && typeCode == code(expected.type())) {
      return null;
    }
    return "sent bytes=%d version=%d type=%d, but expected bytes=%d version=%d type=%d"
        .formatted(
            tensorBytes,
            version,
            typeCode,
            expected.bytes(),
            expected.version(),
            code(expected.type()));
  }

  private static int code(ElementType type) {
    return switch (type) {
      case FLOAT32 -> 1;
      case FLOAT64 -> 2;
    };
  }
}
