package jingwei.model.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A view of native memory as rows of elements: what kernels read and write.
 *
 * <p>Elements of a row are adjacent; rows lie {@link #rowStride()} elements apart. A vector is a
 * matrix of one row. The view owns nothing: its bytes belong to the {@link NativeMemory} that
 * allocated the block. {@link #nd4j()} shows the same bytes as an {@link INDArray} without copying.
 */
public final class Matrix {
  private final Storage storage;
  private final long offset;
  private final int rows;
  private final int columns;
  private final long rowStride;
  private INDArray nd4j;

  Matrix(Storage storage, long offset, int rows, int columns, long rowStride) {
    this.storage = storage;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
    this.rowStride = rowStride;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /** Elements from the start of one row to the start of the next. */
  public long rowStride() {
    return rowStride;
  }

  public ElementType type() {
    return storage.type;
  }

  /** Whether the rows follow each other without gaps. */
  public boolean isContiguous() {
    return rows == 1 || rowStride == columns;
  }

  /** Number of elements. */
  public long size() {
    return (long) rows * columns;
  }

  /** Address of the first element; valid as long as the memory that made the block is open. */
  public long address() {
    return storage.segment.address() + offset * storage.type.bytes();
  }

  /** The bytes of a contiguous matrix. */
  public MemorySegment segment() {
    requireContiguous();
    return storage.segment.asSlice(offset * storage.type.bytes(), size() * storage.type.bytes());
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the same bytes. */
  public Matrix rows(int from, int to) {
    checkRange(from, to, rows, "rows");
    return new Matrix(storage, offset + from * rowStride, to - from, columns, rowStride);
  }

  /** Columns {@code from} (inclusive) to {@code to} (exclusive) of the same bytes. */
  public Matrix columns(int from, int to) {
    checkRange(from, to, columns, "columns");
    return new Matrix(storage, offset + from, rows, to - from, rowStride);
  }

  /** A range of a contiguous matrix with another shape; {@code start} counts elements. */
  public Matrix reshaped(long start, int newRows, int newColumns) {
    requireContiguous();
    if (start < 0 || start + (long) newRows * newColumns > size()) {
      throw new IndexOutOfBoundsException(
          "start=%d rows=%d columns=%d size=%d".formatted(start, newRows, newColumns, size()));
    }
    return new Matrix(storage, offset + start, newRows, newColumns, newColumns);
  }

  public double get(int row, int column) {
    long at = index(row, column);
    return switch (storage.type) {
      case FLOAT32 -> storage.segment.getAtIndex(ValueLayout.JAVA_FLOAT, at);
      case FLOAT64 -> storage.segment.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    };
  }

  public void set(int row, int column, double value) {
    long at = index(row, column);
    switch (storage.type) {
      case FLOAT32 -> storage.segment.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) value);
      case FLOAT64 -> storage.segment.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
    }
  }

  /**
   * The same bytes as an ND4J array of shape [rows, columns]; made once, then kept with this view.
   */
  public INDArray nd4j() {
    if (nd4j == null) {
      nd4j =
          Nd4j.create(
              storage.nd4jBuffer(),
              new long[] {rows, columns},
              new long[] {rowStride, 1},
              offset,
              'c');
    }
    return nd4j;
  }

  @Override
  public String toString() {
    return "Matrix[%d x %d, %s]".formatted(rows, columns, storage.type);
  }

  private long index(int row, int column) {
    if (row < 0 || row >= rows || column < 0 || column >= columns) {
      throw new IndexOutOfBoundsException("row=%d column=%d in %s".formatted(row, column, this));
    }
    return offset + row * rowStride + column;
  }

  private void requireContiguous() {
    if (!isContiguous()) {
      throw new IllegalStateException("not contiguous: " + this + " rowStride=" + rowStride);
    }
  }

  private static void checkRange(int from, int to, int size, String what) {
    if (from < 0 || to < from || to > size) {
      throw new IndexOutOfBoundsException(
          "%s from=%d to=%d size=%d".formatted(what, from, to, size));
    }
  }
}
