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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import jingwei.model.disk.WrittenFile;

/**
 * Writes one file of the safetensors format: header length, JSON header, raw data. The header comes
 * first, so names and sizes must be known before the first tensor; the tensors follow one by one.
 */
final class SafetensorsWriter implements AutoCloseable {
  private static final int CHUNK_BYTES = 8 << 20;

  private final Path file;
  private final Iterator<TensorEntry> expected;
  private final CRC32C crc = new CRC32C();
  private final FileChannel channel;

  /**
   * Creates the file and writes its header.
   *
   * @param tensors tensors by name, in the order in which they are appended
   */
  SafetensorsWriter(Path file, Map<String, TensorEntry> tensors) throws IOException {
    this.file = file;
    this.expected = tensors.values().iterator();
    ByteBuffer header = header(tensors);
    channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      write(header);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** Writes the content of the next tensor. */
  void append(MemorySegment content) throws IOException {
    TensorEntry next = expected.next();
    if (next.bytes() != content.byteSize()) {
      throw new IllegalStateException(
          "%s: %s needed, %d bytes given".formatted(file, next, content.byteSize()));
    }
    for (long from = 0; from < content.byteSize(); from += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, content.byteSize() - from);
      write(content.asSlice(from, length).asByteBuffer());
    }
  }

  /** Forces the complete file to disk. */
  WrittenFile finish() throws IOException {
    if (expected.hasNext()) {
      throw new IllegalStateException("%s: %s is missing".formatted(file, expected.next()));
    }
    channel.force(true);
    return new WrittenFile(channel.size(), (int) crc.getValue());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static ByteBuffer header(Map<String, TensorEntry> tensors) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", Map.of("format", "jingwei"));
    long offset = 0;
    for (Map.Entry<String, TensorEntry> tensor : tensors.entrySet()) {
      TensorEntry entry = tensor.getValue();
      long end = offset + entry.bytes();
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
    return head.flip();
  }

  private void write(ByteBuffer buffer) throws IOException {
    crc.update(buffer.duplicate());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
