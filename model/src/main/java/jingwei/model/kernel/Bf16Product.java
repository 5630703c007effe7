package jingwei.model.kernel;

import jingwei.model.kernel.OneDnnPrimitives.Primitive;

/** A product prepared for one shape: rounds both sides, then multiplies the rounded sides. */
final class Bf16Product implements AutoCloseable {
  private final Primitive roundLeft;
  private final Primitive roundRight;
  private final Primitive multiply;
  private final long leftBytes;
  private final long rightBytes;

  Bf16Product(Bf16Products.Shape shape) {
    int m = shape.m();
    int n = shape.n();
    int k = shape.k();
    Bf16Products.Layout left = shape.a();
    Bf16Products.Layout right = shape.b();
    long a = matrix(OneDnnPrimitives.F32, m, k, left.transposed(), left.stride());
    long roundedA =
        matrix(OneDnnPrimitives.BF16, m, k, left.transposed(), left.transposed() ? m : k);
    long b = matrix(OneDnnPrimitives.F32, k, n, right.transposed(), right.stride());
    long roundedB =
        matrix(OneDnnPrimitives.BF16, k, n, right.transposed(), right.transposed() ? k : n);
    long c = matrix(OneDnnPrimitives.F32, m, n, false, shape.cStride());
    long product = OneDnnPrimitives.matmul(roundedA, roundedB, c, shape.accumulate());
    leftBytes = OneDnnPrimitives.bytes(roundedA);
    rightBytes = OneDnnPrimitives.bytes(roundedB);
    roundLeft = new Primitive(OneDnnPrimitives.reorder(a, roundedA), a, roundedA);
    roundRight = new Primitive(OneDnnPrimitives.reorder(b, roundedB), b, roundedB);
    multiply = new Primitive(product, roundedA, roundedB, c);
    for (long layout : new long[] {a, roundedA, b, roundedB, c}) {
      OneDnnPrimitives.destroyLayout(layout);
    }
  }

  long leftBytes() {
    return leftBytes;
  }

  long rightBytes() {
    return rightBytes;
  }

  /**
   * @param left memory for the rounded left side
   * @param right memory for the rounded right side
   */
  void run(long stream, long a, long left, long b, long right, long c) {
    roundLeft.run(stream, a, left);
    roundRight.run(stream, b, right);
    multiply.run(stream, left, right, c);
  }

  @Override
  public void close() {
    roundLeft.close();
    roundRight.close();
    multiply.close();
  }

  private static long matrix(int type, long rows, long columns, boolean transposed, long stride) {
    return OneDnnPrimitives.layout(
        type, rows, columns, transposed ? 1 : stride, transposed ? stride : 1);
  }
}
