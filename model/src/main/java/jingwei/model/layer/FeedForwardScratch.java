package jingwei.model.layer;

import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/** Intermediate gradients of a feed-forward half, needed only during one backward. */
public final class FeedForwardScratch {
  private final RowBuffer dNormed;
  private final RowBuffer dInner;

  public FeedForwardScratch(
      ElementType type, int maxTokens, int width, int innerWidth, NativeMemory memory) {
    dNormed = new RowBuffer(type, maxTokens, width, memory);
    dInner = new RowBuffer(type, maxTokens, innerWidth, memory);
  }

  /** [N, D] */
  public Matrix dNormed(int n) {
    return dNormed.rows(n);
  }

  /** [N, F] */
  public Matrix dInner(int n) {
    return dInner.rows(n);
  }
}
