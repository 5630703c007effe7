package jingwei.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;

/** Reads a safetensors file. Lengths in the header are checked before use. */
final class SafetensorsReader {
  private static final long MAX_HEADER_BYTES = 100 << 20;

  private final Path file;
  private final MemorySegment content;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private record Tensor(String dtype, long elements, MemorySegment bytes) {}

  /**
   * @param file path of the file, for messages
   * @param content all bytes of the file
   */
  SafetensorsReader(Path file, MemorySegment content) {
    this.file = file;
    this.content = content;
    MappedFile.reading(file, this::readHeader);
  }

  /** Copies a tensor into a contiguous matrix of its type and size. */
  void read(String name, Matrix into) {
    require(name, into.type(), into.rows(), into.columns());
    MappedFile.reading(file, () -> into.segment().copyFrom(tensor(name).bytes));
  }

  /**
   * Checks that a tensor fits the matrix that will hold it.
   *
   * @throws CheckpointException if the tensor is missing or has another type or size
   */
  void require(String name, ElementType type, int rows, int columns) {
    Tensor tensor = tensor(name);
    if (!tensor.dtype.equals(TensorEntry.dtype(type)) || tensor.elements != (long) rows * columns) {
      throw new CheckpointException(
          file,
          "holds %s with %d elements of %s where Matrix[%d x %d, %s] is needed"
              .formatted(name, tensor.elements, tensor.dtype, rows, columns, type));
    }
  }

  /**
   * Checks that the file has this many tensors.
   *
   * @throws CheckpointException if it has another number
   */
  void requireNumber(int needed) {
    if (tensors.size() != needed) {
      throw new CheckpointException(
          file,
          "holds %d tensors, but the owners in the manifest have %d"
              .formatted(tensors.size(), needed));
    }
  }

  short[] readShorts(String name) {
    Tensor tensor = tensor(name);
    if (!tensor.dtype.equals("I16")) {
      throw new CheckpointException(
          file, "holds %s as %s, not as I16".formatted(name, tensor.dtype));
    }
    return tensor.bytes.toArray(
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  private Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(file, "has no tensor " + name);
    }
    return tensor;
  }

  private void readHeader() {
    long size = content.byteSize();
    if (size < 8) {
      throw new CheckpointException(file, "is only %d bytes long".formatted(size));
    }
    long length =
        content.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
    if (length < 2 || length > size - 8 || length > MAX_HEADER_BYTES) {
      throw new CheckpointException(
          file, "claims a header of %d bytes but is %d bytes long".formatted(length, size));
    }
    String json =
        new String(
            content.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    JsonNode header;
    try {
      header = Json.MAPPER.readTree(json);
    } catch (IOException e) {
      throw new CheckpointException(file, "has a header that is not JSON", e);
    }
    MemorySegment data = content.asSlice(8 + length);
    header
        .properties()
        .forEach(
            field -> {
              if (!field.getKey().equals("__metadata__")) {
                tensors.put(field.getKey(), tensor(field.getKey(), field.getValue(), data));
              }
            });
  }

  private Tensor tensor(String name, JsonNode entry, MemorySegment data) {
    String dtype = entry.path("dtype").asText();
    long width =
        switch (dtype) {
          case "F64" -> 8;
          case "F32" -> 4;
          case "I16" -> 2;
          default ->
              throw new CheckpointException(
                  file, "holds %s of unknown type %s".formatted(name, dtype));
        };
    long from = entry.path("data_offsets").path(0).asLong(-1);
    long to = entry.path("data_offsets").path(1).asLong(-1);
    if (from < 0 || to < from || to > data.byteSize()) {
      throw new CheckpointException(
          file, "places %s at bytes %d to %d of %d".formatted(name, from, to, data.byteSize()));
    }
    long elements = 1;
    for (JsonNode dimension : entry.path("shape")) {
      long n = dimension.asLong(-1);
      if (n < 0 || (n > 0 && elements > Long.MAX_VALUE / n)) {
        throw new CheckpointException(file, "gives %s an impossible shape".formatted(name));
      }
      elements *= n;
    }
    if (elements > Long.MAX_VALUE / 8 || elements * width != to - from) {
      throw new CheckpointException(
          file, "gives %s a shape of %d elements in %d bytes".formatted(name, elements, to - from));
    }
    return new Tensor(dtype, elements, data.asSlice(from, to - from));
  }
}
