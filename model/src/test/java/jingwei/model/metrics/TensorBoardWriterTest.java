package jingwei.model.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.CodedInputStream;

/** Reads the file back with an independent protobuf decoder. */
class TensorBoardWriterTest {
  @TempDir private Path folder;

  @Test
  void writesRecordsForAnIndependentDecoder() throws IOException {
    try (TensorBoardWriter writer = new TensorBoardWriter(folder, 1000.5)) {
      writer.scalars(1001.25, 300, Map.of("train/loss", 2.5));
    }
    List<byte[]> records = records();
    assertEquals(2, records.size());
    assertTrue(new String(records.get(0), StandardCharsets.UTF_8).contains("brain.Event:2"));
    CodedInputStream event = CodedInputStream.newInstance(records.get(1));
    assertEquals((1 << 3) | 1, event.readTag());
    assertEquals(1001.25, event.readDouble());
    assertEquals(2 << 3, event.readTag());
    assertEquals(300, event.readInt64());
    assertEquals((5 << 3) | 2, event.readTag());
    CodedInputStream summary = event.readBytes().newCodedInput();
    assertEquals((1 << 3) | 2, summary.readTag());
    CodedInputStream value = summary.readBytes().newCodedInput();
    assertEquals((1 << 3) | 2, value.readTag());
    assertEquals("train/loss", value.readString());
    assertEquals((2 << 3) | 5, value.readTag());
    assertEquals(2.5f, value.readFloat());
    assertTrue(event.isAtEnd());
  }

  private List<byte[]> records() throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertEquals(masked(length), bytes.getInt());
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(data);
      assertEquals(masked(data), bytes.getInt());
      records.add(data);
    }
    return records;
  }

  private static int masked(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int value = (int) crc.getValue();
    return ((value >>> 15) | (value << 17)) + 0xa282ead8;
  }
}
