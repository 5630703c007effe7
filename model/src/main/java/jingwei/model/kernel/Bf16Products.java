package jingwei.model.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.model.memory.NativeMemory;

/**
 * Matrix products by oneDNN with operands rounded to bf16 and sums in fp32. Rounded operands keep
 * their layout, without gaps between rows. Primitives are cached by shape until the memory is
 * closed.
 *
 * <p>Not thread-safe.
 */
final class Bf16Products implements Products {
  /**
   * Size of the cache. Experts see every number of tokens, so the least recently used primitives
   * are evicted.
   */
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
   * @param largestSide number of elements of the largest operand
   */
  Bf16Products(NativeMemory memory, long largestSide) {
    this.memory = memory;
    memory.closesToo(this::close);
    leftBytes = rightBytes = BF16_BYTES * largestSide;
    left = memory.block(leftBytes).address();
    right = memory.block(rightBytes).address();
  }

  /**
   * The cache key: everything that a primitive depends on, except addresses.
   *
   * @param cStride distance between rows of the product, in elements
   */
  record Shape(int m, int n, int k, Layout a, Layout b, long cStride, boolean accumulate) {}

  /**
   * The memory layout of one operand.
   *
   * @param transposed true if columns, not rows, are contiguous
   * @param stride distance between rows, or columns if transposed, in elements
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
      // Set this last: if the budget is too small, the room must not seem to exist.
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

  /** Grows the buffers of rounded operands if needed; this happens only in warm-up. */
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
