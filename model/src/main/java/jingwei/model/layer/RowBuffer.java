package jingwei.model.layer;

import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * A buffer with one row per token, for up to a fixed number of tokens. The view of the used rows is
 * reused while their number stays the same.
 */
public final class RowBuffer {
  private final Matrix full;
  private Matrix view;

  public RowBuffer(ElementType type, int maxRows, int columns, NativeMemory memory) {
    this(type, maxRows, columns, 0, memory);
  }

  /**
   * @param padding unused elements between one row and the next
   */
  public RowBuffer(ElementType type, int maxRows, int columns, int padding, NativeMemory memory) {
    full = memory.matrix(type, maxRows, columns + padding).columns(0, columns);
    view = full;
  }

  /** The first n rows. */
  public Matrix rows(int n) {
    if (view.rows() != n) {
      view = full.rows(0, n);
    }
    return view;
  }
}
