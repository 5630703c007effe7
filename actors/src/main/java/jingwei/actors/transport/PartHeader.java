package jingwei.actors.transport;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The header of each part of a tensor in the log: {@value #BYTES} bytes, little-endian.
 *
 * <pre>
 *  0 int  layout of this header        36 int  node that sends
 *  4 int  type of the elements         40 long bytes of the tensor
 *  8 long incarnation                  48 long version
 * 16 long sequence of the transfer     56 long offset of this part
 * 24 int  node of the transfer         64 int  bytes of this part
 * 28 int  actor of the transfer        68 int  CRC32C of the tensor up to the end of this part
 * 32 int  not used, 0                  72 long not used, 0
 * </pre>
 *
 * @param offset of this part in the tensor
 * @param partBytes of this part
 * @param crc32c of the tensor up to the end of this part
 */
record PartHeader(TensorHeader tensor, long offset, int partBytes, int crc32c) {
  static final int BYTES = 80;
  private static final int LAYOUT = 0x4a57_0002;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /** Reads a header; null if it does not have this layout or is inconsistent. */
  static PartHeader read(DirectBuffer buffer, int at, int length) {
    if (length < BYTES || buffer.getInt(at, ORDER) != LAYOUT) {
      return null;
    }
    TransferId transfer =
        new TransferId(
            buffer.getInt(at + 24, ORDER),
            buffer.getInt(at + 28, ORDER),
            buffer.getLong(at + 16, ORDER));
    TensorHeader tensor =
        new TensorHeader(
            transfer,
            buffer.getLong(at + 8, ORDER),
            buffer.getInt(at + 36, ORDER),
            buffer.getLong(at + 40, ORDER),
            buffer.getLong(at + 48, ORDER),
            buffer.getInt(at + 4, ORDER));
    PartHeader header =
        new PartHeader(
            tensor,
            buffer.getLong(at + 56, ORDER),
            buffer.getInt(at + 64, ORDER),
            buffer.getInt(at + 68, ORDER));
    return header.isPossible() ? header : null;
  }

  /** Whether the part lies within the tensor; written so that no sum can overflow. */
  private boolean isPossible() {
    return tensor.bytes() > 0
        && partBytes > 0
        && offset >= 0
        && offset < tensor.bytes()
        && partBytes <= tensor.bytes() - offset;
  }

  void write(MutableDirectBuffer buffer) {
    buffer.putInt(0, LAYOUT, ORDER);
    buffer.putInt(4, tensor.typeCode(), ORDER);
    buffer.putLong(8, tensor.incarnation(), ORDER);
    buffer.putLong(16, tensor.transfer().sequence(), ORDER);
    buffer.putInt(24, tensor.transfer().node(), ORDER);
    buffer.putInt(28, tensor.transfer().actor(), ORDER);
    buffer.putInt(32, 0, ORDER);
    buffer.putInt(36, tensor.sender(), ORDER);
    buffer.putLong(40, tensor.bytes(), ORDER);
    buffer.putLong(48, tensor.version(), ORDER);
    buffer.putLong(56, offset, ORDER);
    buffer.putInt(64, partBytes, ORDER);
    buffer.putInt(68, crc32c, ORDER);
    buffer.putLong(72, 0, ORDER);
  }

  /** Whether this is the last part of the tensor. */
  boolean isLast() {
    return offset + partBytes == tensor.bytes();
  }
}
