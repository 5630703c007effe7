package jingwei.model.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A view of memory as rows of elements: what kernels read and write.
 *
 * <p>Elements of a row are adjacent; rows lie {@link #rowStride()} elements apart. A vector is a
 * matrix of one row. The view owns nothing: its bytes belong to the {@link NativeMemory} that
 * allocated the block. {@link #nd4j()} shows the same bytes as an {@link INDArray} without copying.
 *
 * <p>The bytes may be in another space than plain host memory. Then only kernels and copies of that
 * space reach them: {@link #read} and {@link #write} work in every space; {@link #address}, {@link
 * #segment}, {@link #get}, {@link #set} and {@link #nd4j} throw an {@link IllegalStateException}.
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

  /** Where the bytes are. */
  public MemorySpace space() {
    return storage.space;
  }

  /**
   * Address of the first element in plain host memory; valid as long as the memory that made the
   * block is open.
   */
  public long address() {
    storage.requireHost();
    return storage.address + offset * storage.type.bytes();
  }

  /** Address of the first element as the kernels of its {@link #space()} know it. */
  public long addressInSpace() {
    return storage.address + offset * storage.type.bytes();
  }

  /** The bytes of a contiguous matrix in plain host memory. */
  public MemorySegment segment() {
    requireContiguous();
    return storage.bytes().asSlice(offset * storage.type.bytes(), size() * storage.type.bytes());
  }

  /**
   * Copies bytes of a contiguous matrix, of any space, to plain host memory and waits for them.
   *
   * @param fromByte offset of the first byte in this matrix
   * @param into receives as many bytes as it holds
   */
  public void read(long fromByte, MemorySegment into) {
    requireBytes(fromByte, into.byteSize());
    storage.space.copyOut(this, fromByte, into).await();
  }

  /**
   * Copies plain host memory into a contiguous matrix of any space, and waits until it is there.
   *
   * @param toByte offset of the first byte in this matrix
   */
  public void write(long toByte, MemorySegment from) {
    requireBytes(toByte, from.byteSize());
    storage.space.copyIn(from, this, toByte).await();
  }

  /**
   * Checks that a copy stays inside this matrix.
   *
   * @throws IllegalStateException if the matrix is not contiguous
   * @throws IndexOutOfBoundsException if the matrix does not have these bytes
   */
  public void requireBytes(long fromByte, long bytes) {
    requireContiguous();
    Objects.checkFromIndexSize(fromByte, bytes, size() * storage.type.bytes());
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
      case FLOAT32 -> storage.bytes().getAtIndex(ValueLayout.JAVA_FLOAT, at);
      case FLOAT64 -> storage.bytes().getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    };
  }

  public void set(int row, int column, double value) {
    long at = index(row, column);
    switch (storage.type) {
      case FLOAT32 -> storage.bytes().setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) value);
      case FLOAT64 -> storage.bytes().setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
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
