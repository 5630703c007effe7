package jingwei.model.checkpoint;

import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import jingwei.model.disk.WrittenFile;

/** Writes the safetensors format: header length, JSON header, raw data. */
final class SafetensorsWriter {
  private static final int CHUNK_BYTES = 8 << 20;

  private SafetensorsWriter() {}

  /**
   * Writes a new file and forces it to disk.
   *
   * @param tensors tensors by name, in the order in which they are stored
   */
  static WrittenFile write(Path file, Map<String, TensorEntry> tensors) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", Map.of("format", "jingwei"));
    long offset = 0;
    for (Map.Entry<String, TensorEntry> tensor : tensors.entrySet()) {
      TensorEntry entry = tensor.getValue();
      long end = offset + entry.bytes().byteSize();
      // Fixed order in every process, so equal tensors make equal files.
      Map<String, Object> description = new LinkedHashMap<>();
      description.put("dtype", entry.dtype());
      description.put("shape", entry.shape());
      description.put("data_offsets", List.of(offset, end));
      header.put(tensor.getKey(), description);
      offset = end;
    }
    byte[] json =
        Json.MAPPER
            .writer()
            .without(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(header)
            .getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(padded).put(json);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    head.flip();
    CRC32C crc = new CRC32C();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      write(channel, head, crc);
      for (TensorEntry entry : tensors.values()) {
        write(channel, entry.bytes(), crc);
      }
      channel.force(true);
      return new WrittenFile(channel.size(), (int) crc.getValue());
    }
  }

  private static void write(FileChannel channel, MemorySegment bytes, CRC32C crc)
      throws IOException {
    for (long from = 0; from < bytes.byteSize(); from += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, bytes.byteSize() - from);
      write(channel, bytes.asSlice(from, length).asByteBuffer(), crc);
    }
  }

  private static void write(FileChannel channel, ByteBuffer buffer, CRC32C crc) throws IOException {
    crc.update(buffer.duplicate());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
