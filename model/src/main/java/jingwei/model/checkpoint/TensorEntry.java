package jingwei.model.checkpoint;

import java.util.List;
import jingwei.model.layer.Parameter;
import jingwei.model.memory.ElementType;

/**
 * The entry of one tensor in the header of a safetensors file.
 *
 * @param dtype name of the type in the format: F32, F64, I16
 * @param shape sizes, outermost first
 * @param bytes size of the content, which is little-endian and row-major
 */
record TensorEntry(String dtype, List<Long> shape, long bytes) {

  static TensorEntry of(Parameter parameter, ElementType type) {
    List<Long> shape =
        parameter.rows() == 1
            ? List.of((long) parameter.columns())
            : List.of((long) parameter.rows(), (long) parameter.columns());
    return new TensorEntry(dtype(type), shape, parameter.size() * type.bytes());
  }

  /** A vector of short integers. */
  static TensorEntry ofShorts(int count) {
    return new TensorEntry("I16", List.of((long) count), (long) Short.BYTES * count);
  }

  static String dtype(ElementType type) {
    return switch (type) {
      case FLOAT32 -> "F32";
      case FLOAT64 -> "F64";
    };
  }
}
