package jingwei.model.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.model.memory.NativeMemory;

/**
 * Products whose sides are rounded to bf16 on their way in and whose sums are single precision, by
 * oneDNN. Rounded sides keep their layout, without gaps between rows. What was prepared for a shape
 * is kept, until the memory is closed.
 *
 * <p>Serves one thread at a time.
 */
final class Bf16Products implements Products {
  /** Experts see every number of tokens; what was prepared longest ago is prepared anew. */
  private static final int KEPT_SHAPES = 512;

  private static final long BF16_BYTES = 2;

  private final NativeMemory memory;
  private long stream;
  private final Map<Shape, Bf16Product> prepared =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, Bf16Product> eldest) {
          if (size() > KEPT_SHAPES) {
            eldest.getValue().close();
            return true;
          }
          return false;
        }
      };
  private long left;
  private long leftBytes;
  private long right;
  private long rightBytes;

  /**
   * @param largestSide elements of the largest side of a product
   */
  Bf16Products(NativeMemory memory, long largestSide) {
    this.memory = memory;
    memory.closesToo(this::close);
    leftBytes = rightBytes = BF16_BYTES * largestSide;
    left = memory.block(leftBytes).address();
    right = memory.block(rightBytes).address();
  }

  /**
   * Everything that a prepared product depends on but the addresses.
   *
   * @param cStride elements from one row of the product to the next
   */
  record Shape(int m, int n, int k, Layout a, Layout b, long cStride, boolean accumulate) {}

  /**
   * How one side lies in memory.
   *
   * @param transposed whether a column, not a row, lies in one piece
   * @param stride elements from one such piece to the next
   */
  record Layout(boolean transposed, long stride) {}

  @Override
  public void multiply(
      int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate) {
    Shape shape =
        new Shape(
            m,
            n,
            k,
            new Layout(!a.hasRows(k), a.stride(k)),
            new Layout(!b.hasRows(n), b.stride(n)),
            cRowBytes / 4,
            accumulate);
    Bf16Product product = prepared.get(shape);
    if (product == null) {
      stream = stream == 0 ? OneDnnPrimitives.newStream() : stream;
      product = new Bf16Product(shape);
      try {
        reserve(product);
      } catch (RuntimeException e) {
        product.close();
        throw e;
      }
      // Last: where the budget is too small, nothing must believe in room that is not there.
      prepared.put(shape, product);
    }
    product.run(stream, a.address(), left, b.address(), right, c);
  }

  private void close() {
    prepared.values().forEach(Bf16Product::close);
    prepared.clear();
    if (stream != 0) {
      OneDnnPrimitives.destroyStream(stream);
      stream = 0;
    }
  }

  /** Grows the room for rounded sides where more was not foreseen; in warm-up only. */
  private void reserve(Bf16Product product) {
    if (product.leftBytes() > leftBytes) {
      left = memory.block(product.leftBytes()).address();
      leftBytes = product.leftBytes();
    }
    if (product.rightBytes() > rightBytes) {
      right = memory.block(product.rightBytes()).address();
      rightBytes = product.rightBytes();
    }
  }
}
