package jingwei.model.metrics;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes scalars as a TensorBoard event file: TFRecords (length, its checksum, data, its checksum)
 * of {@code Event} messages in protobuf encoding.
 */
public final class TensorBoardWriter implements Closeable {
  private static final int CRC_MASK_DELTA = 0xa282ead8;

  private final OutputStream out;

  /**
   * @param folder the folder {@code events/} of the run
   * @param startSeconds time of the first event, in seconds since 1970; part of the file name
   */
  public TensorBoardWriter(Path folder, double startSeconds) {
    try {
      Files.createDirectories(folder);
      Path file =
          folder.resolve("events.out.tfevents.%010d.jingwei".formatted((long) startSeconds));
      out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Message version = new Message();
      version.number(1, startSeconds);
      version.text(3, "brain.Event:2");
      record(version.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param wallSeconds time of the event, in seconds since 1970
   * @param scalars values by tag
   */
  public void scalars(double wallSeconds, long step, Map<String, Double> scalars) {
    Message summary = new Message();
    for (Map.Entry<String, Double> scalar : scalars.entrySet()) {
      Message value = new Message();
      value.text(1, scalar.getKey());
      value.number(2, scalar.getValue().floatValue());
      summary.bytes(1, value.bytes());
    }
    Message event = new Message();
    event.number(1, wallSeconds);
    event.number(2, step);
    event.bytes(5, summary.bytes());
    record(event.bytes());
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void record(byte[] data) {
    ByteBuffer record = ByteBuffer.allocate(16 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length);
    record.putInt(maskedCrc(record.array(), 0, 8));
    record.put(data);
    record.putInt(maskedCrc(data, 0, data.length));
    try {
      out.write(record.array());
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int maskedCrc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    int value = (int) crc.getValue();
    return Integer.rotateRight(value, 15) + CRC_MASK_DELTA;
  }

  /** Builds a protobuf message. */
  private static final class Message {
    private final ByteArrayOutputStream encoded = new ByteArrayOutputStream();

    void number(int field, double value) {
      varint(field << 3 | 1);
      fixed(Double.doubleToRawLongBits(value), 8);
    }

    void number(int field, float value) {
      varint(field << 3 | 5);
      fixed(Float.floatToRawIntBits(value), 4);
    }

    void number(int field, long value) {
      varint(field << 3);
      varint(value);
    }

    void text(int field, String value) {
      bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(int field, byte[] value) {
      varint(field << 3 | 2);
      varint(value.length);
      encoded.writeBytes(value);
    }

    byte[] bytes() {
      return encoded.toByteArray();
    }

    private void fixed(long littleEndian, int bytes) {
      for (int i = 0; i < bytes; i++) {
        encoded.write((int) (littleEndian >>> (8 * i)));
      }
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        encoded.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      encoded.write((int) rest);
    }
  }
}
