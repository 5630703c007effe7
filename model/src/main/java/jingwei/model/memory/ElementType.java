package jingwei.model.memory;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * What one element of a {@link Matrix} is. Training computes in {@link #FLOAT32}; gradients are
 * checked in {@link #FLOAT64}.
 */
public enum ElementType {
  FLOAT32(4, DataType.FLOAT),
  FLOAT64(8, DataType.DOUBLE);

  private final int bytes;
  private final DataType nd4jType;

  ElementType(int bytes, DataType nd4jType) {
    this.bytes = bytes;
    this.nd4jType = nd4jType;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  DataType nd4jType() {
    return nd4jType;
  }
}
