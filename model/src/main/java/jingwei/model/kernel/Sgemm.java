package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.BYTES;
import static jingwei.model.kernel.Lanes.FLOAT;
import static jingwei.model.kernel.Lanes.MEMORY;
import static jingwei.model.kernel.Lanes.ORDER;
import static jingwei.model.kernel.Lanes.SPECIES;
import static jingwei.model.kernel.Lanes.get;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.set;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jingwei.model.memory.NativeMemory;

/**
 * Single-precision product of strided matrices in Java, used if oneDNN does not load. It serves
 * shapes too small for a call to ND4J: attention blocks and experts with few tokens.
 *
 * <p>The right side is copied into panels of {@link #TILE_COLUMNS} columns, which the inner kernel
 * reads in order (Goto and van de Geijn 2008). The left side is small enough to be read in place,
 * {@link #TILE_ROWS} rows at a time. One tile of the result stays in registers. A transposed side
 * only has its strides swapped. The sum over k runs in order, in blocks of {@link #BLOCK_DEPTH}, so
 * a result does not depend on the number of rows or columns in one call. Addresses and strides are
 * in bytes.
 */
final class Sgemm implements Products {
  static final int TILE_ROWS = 4;
  static final int TILE_COLUMNS = 4 * Lanes.COUNT;
  static final int BLOCK_DEPTH = 384;

  static final int BLOCK_COLUMNS = 1024;

  private final long tile;
  private final long zeros;
  private final Panels right;

  Sgemm(NativeMemory memory) {
    tile = memory.block(4L * TILE_ROWS * TILE_COLUMNS).address();
    zeros = memory.block(4L * TILE_COLUMNS).address();
    right = new Panels(memory, BLOCK_DEPTH, BLOCK_COLUMNS);
  }

  /** A right side that was copied into panels. */
  static final class Panels {
    private final long address;
    private final int maxDepth;
    private final int maxColumns;
    private int depth;

    Panels(NativeMemory memory, int maxDepth, int maxColumns) {
      this.maxDepth = maxDepth;
      this.maxColumns = (maxColumns + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
      this.address = memory.block(4L * this.maxDepth * this.maxColumns).address();
    }

    /** Copies b [depth, columns] and pads the last panel with columns of zeros. */
    void pack(int depth, int columns, Side b) {
      if (depth > maxDepth || columns > maxColumns) {
        throw new IllegalArgumentException(
            "depth=%d columns=%d do not fit panels of %d x %d"
                .formatted(depth, columns, maxDepth, maxColumns));
      }
      this.depth = depth;
      long out = address;
      for (int j = 0; j < columns; j += TILE_COLUMNS) {
        int width = Math.min(TILE_COLUMNS, columns - j);
        if (b.columnBytes() == 4) {
          packRows(depth, width, b.at(0, j), out);
        } else {
          packTransposed(depth, width, b.at(0, j), out);
        }
        out += 4L * TILE_COLUMNS * depth;
      }
    }

    private static void packRows(int depth, int width, Side b, long out) {
      long source = b.address();
      if (width == TILE_COLUMNS) {
        for (int k = 0; k < depth; k++) {
          store(load(source), out);
          store(load(source + BYTES), out + BYTES);
          store(load(source + 2 * BYTES), out + 2 * BYTES);
          store(load(source + 3 * BYTES), out + 3 * BYTES);
          source += b.rowBytes();
          out += 4 * BYTES;
        }
        return;
      }
      for (int k = 0; k < depth; k++) {
        for (int j = 0; j < TILE_COLUMNS; j += Lanes.COUNT) {
          store(load(source + 4L * j, Lanes.mask(j, width)), out + 4L * j);
        }
        source += b.rowBytes();
        out += 4 * BYTES;
      }
    }

    /**
     * Reads along the source's rows, sixteen elements at a time, so that each cache line is read
     * once.
     */
    private static void packTransposed(int depth, int width, Side b, long out) {
      for (int from = 0; from < depth; from += 16) {
        int to = Math.min(depth, from + 16);
        for (int j = 0; j < TILE_COLUMNS; j++) {
          long target = out + 4L * (from * (long) TILE_COLUMNS + j);
          if (j < width) {
            long source = b.address() + from * b.rowBytes() + j * b.columnBytes();
            for (int k = from; k < to; k++) {
              set(target, get(source));
              source += b.rowBytes();
              target += 4 * BYTES;
            }
          } else {
            for (int k = from; k < to; k++) {
              set(target, 0f);
              target += 4 * BYTES;
            }
          }
        }
      }
    }
  }

  @Override
  public void multiply(
      int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate) {
    for (int k0 = 0; k0 < k; k0 += BLOCK_DEPTH) {
      int depth = Math.min(BLOCK_DEPTH, k - k0);
      boolean add = accumulate || k0 > 0;
      for (int n0 = 0; n0 < n; n0 += BLOCK_COLUMNS) {
        int columns = Math.min(BLOCK_COLUMNS, n - n0);
        right.pack(depth, columns, b.at(k0, n0));
        multiply(m, columns, a.at(0, k0), right, c + 4L * n0, cRowBytes, add);
      }
    }
  }

  /** The same product with the first n columns of a right side in panels. */
  void multiply(int m, int n, Side a, Panels b, long c, long cRowBytes, boolean accumulate) {
    for (int j = 0; j < n; j += TILE_COLUMNS) {
      int width = Math.min(TILE_COLUMNS, n - j);
      long panel = b.address + 4L * j * b.depth;
      for (int i = 0; i < m; i += TILE_ROWS) {
        int height = Math.min(TILE_ROWS, m - i);
        long left = a.address() + i * a.rowBytes();
        long target = c + i * cRowBytes + 4L * j;
        if (height == TILE_ROWS && width == TILE_COLUMNS) {
          long start = accumulate ? target : zeros;
          long startRow = accumulate ? cRowBytes : 0;
          multiplyTile(
              b.depth,
              left,
              a.rowBytes(),
              a.columnBytes(),
              height,
              panel,
              start,
              startRow,
              target,
              cRowBytes);
        } else {
          multiplyTile(
              b.depth,
              left,
              a.rowBytes(),
              a.columnBytes(),
              height,
              panel,
              zeros,
              0,
              tile,
              4 * BYTES);
          copyTile(height, width, target, cRowBytes, accumulate);
        }
      }
    }
  }

  private void copyTile(int height, int width, long target, long rowBytes, boolean accumulate) {
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j += Lanes.COUNT) {
        var mask = Lanes.mask(j, width);
        FloatVector value = load(tile + 4L * (i * TILE_COLUMNS + j));
        long at = target + i * rowBytes + 4L * j;
        if (accumulate) {
          store(load(at, mask).add(value), at, mask);
        } else {
          store(value, at, mask);
        }
      }
    }
  }

  /**
   * One tile of c, 4 rows by 4 vectors: 16 partial sums in registers, initialised from {@code
   * start}.
   *
   * <p>The code is unrolled by hand, does not branch on accumulation, and calls only the Vector
   * API. Beyond a certain number of nodes, the compiler inlines only methods that the JDK marks. A
   * vector that passes through a call or an array is then boxed, which makes the product three
   * times slower. 16 sums keep the multiplier busy and stay well below that number; 24 do not.
   */
  private static void multiplyTile(
      int depth,
      long a,
      long aRow,
      long aColumn,
      int height,
      long b,
      long start,
      long startRow,
      long c,
      long row) {
    // Missing rows read the last row again; their results are not copied.
    long r1 = Math.min(1, height - 1) * aRow;
    long r2 = Math.min(2, height - 1) * aRow;
    long r3 = Math.min(3, height - 1) * aRow;
    long s = start;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 3 * BYTES, ORDER);
    s += startRow;
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 3 * BYTES, ORDER);
    s += startRow;
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s, ORDER);
    FloatVector c21 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + BYTES, ORDER);
    FloatVector c22 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 2 * BYTES, ORDER);
    FloatVector c23 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 3 * BYTES, ORDER);
    s += startRow;
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s, ORDER);
    FloatVector c31 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + BYTES, ORDER);
    FloatVector c32 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 2 * BYTES, ORDER);
    FloatVector c33 = FloatVector.fromMemorySegment(SPECIES, MEMORY, s + 3 * BYTES, ORDER);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, b, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, b + BYTES, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, MEMORY, b + 2 * BYTES, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, MEMORY, b + 3 * BYTES, ORDER);
      FloatVector x = FloatVector.broadcast(SPECIES, MEMORY.get(FLOAT, a));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(SPECIES, MEMORY.get(FLOAT, a + r1));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(SPECIES, MEMORY.get(FLOAT, a + r2));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(SPECIES, MEMORY.get(FLOAT, a + r3));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      a += aColumn;
      b += 4 * BYTES;
    }
    long t = c;
    c00.intoMemorySegment(MEMORY, t, ORDER);
    c01.intoMemorySegment(MEMORY, t + BYTES, ORDER);
    c02.intoMemorySegment(MEMORY, t + 2 * BYTES, ORDER);
    c03.intoMemorySegment(MEMORY, t + 3 * BYTES, ORDER);
    t += row;
    c10.intoMemorySegment(MEMORY, t, ORDER);
    c11.intoMemorySegment(MEMORY, t + BYTES, ORDER);
    c12.intoMemorySegment(MEMORY, t + 2 * BYTES, ORDER);
    c13.intoMemorySegment(MEMORY, t + 3 * BYTES, ORDER);
    t += row;
    c20.intoMemorySegment(MEMORY, t, ORDER);
    c21.intoMemorySegment(MEMORY, t + BYTES, ORDER);
    c22.intoMemorySegment(MEMORY, t + 2 * BYTES, ORDER);
    c23.intoMemorySegment(MEMORY, t + 3 * BYTES, ORDER);
    t += row;
    c30.intoMemorySegment(MEMORY, t, ORDER);
    c31.intoMemorySegment(MEMORY, t + BYTES, ORDER);
    c32.intoMemorySegment(MEMORY, t + 2 * BYTES, ORDER);
    c33.intoMemorySegment(MEMORY, t + 3 * BYTES, ORDER);
  }
}
