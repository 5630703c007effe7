package jingwei.model.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;

/**
 * One tensor of a safetensors file.
 *
 * @param dtype name of the type in the format: F32, F64, I16
 * @param shape sizes, outermost first
 * @param bytes content, little-endian and row-major
 */
record TensorEntry(String dtype, List<Long> shape, MemorySegment bytes) {

  static TensorEntry of(Matrix matrix) {
    List<Long> shape =
        matrix.rows() == 1
            ? List.of((long) matrix.columns())
            : List.of((long) matrix.rows(), (long) matrix.columns());
    return new TensorEntry(dtype(matrix.type()), shape, matrix.segment());
  }

  static TensorEntry of(short[] values) {
    byte[] bytes = new byte[2 * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(values);
    return new TensorEntry("I16", List.of((long) values.length), MemorySegment.ofArray(bytes));
  }

  static String dtype(ElementType type) {
    return switch (type) {
      case FLOAT32 -> "F32";
      case FLOAT64 -> "F64";
    };
  }
}
