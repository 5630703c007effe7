package jingwei.model.kernel;

import static jingwei.model.kernel.Lanes.BYTES;
import static jingwei.model.kernel.Lanes.broadcast;
import static jingwei.model.kernel.Lanes.get;
import static jingwei.model.kernel.Lanes.load;
import static jingwei.model.kernel.Lanes.set;
import static jingwei.model.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jingwei.model.memory.NativeMemory;

/**
 * Single-precision product of strided matrices, for shapes too small for a library call: attention
 * blocks and experts with few tokens.
 *
 * <p>The right side is copied into panels of {@link #TILE_COLUMNS} columns that the inner kernel
 * reads in order (Goto and van de Geijn 2008); the left side is small enough to be read where it
 * lies, {@link #TILE_ROWS} rows at a time; one tile of the result stays in registers. A transposed
 * side is only another pair of strides. The sum over k runs in blocks of {@link #BLOCK_DEPTH} in
 * order, so a result does not depend on how many rows or columns are computed in one call.
 * Addresses and strides are in bytes.
 */
final class Sgemm {
  static final int TILE_ROWS = 6;
  static final int TILE_COLUMNS = 4 * Lanes.COUNT;
  static final int BLOCK_DEPTH = 384;
  static final int BLOCK_COLUMNS = 1024;

  private final long tile;
  private final Panels right;

  Sgemm(NativeMemory memory) {
    tile = memory.block(4L * TILE_ROWS * TILE_COLUMNS).address();
    right = new Panels(memory, BLOCK_DEPTH, BLOCK_COLUMNS);
  }

  /** A strided matrix: element (i, j) lies at address + i * rowBytes + j * columnBytes. */
  record Side(long address, long rowBytes, long columnBytes) {
    Side at(long row, long column) {
      return new Side(address + row * rowBytes + column * columnBytes, rowBytes, columnBytes);
    }
  }

  /** A right side that was copied into panels, to be used by several products. */
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

    boolean holds(int depth, int columns) {
      return depth <= maxDepth && columns <= maxColumns;
    }

    /** Copies b [depth, columns]; columns beyond the last one are zero. */
    void pack(int depth, int columns, Side b) {
      this.depth = depth;
      long out = address;
      for (int j = 0; j < columns; j += TILE_COLUMNS) {
        int width = Math.min(TILE_COLUMNS, columns - j);
        if (b.columnBytes == 4) {
          packRows(depth, width, b.at(0, j), out);
        } else {
          packTransposed(depth, width, b.at(0, j), out);
        }
        out += 4L * TILE_COLUMNS * depth;
      }
    }

    private static void packRows(int depth, int width, Side b, long out) {
      long source = b.address;
      if (width == TILE_COLUMNS) {
        for (int k = 0; k < depth; k++) {
          store(load(source), out);
          store(load(source + BYTES), out + BYTES);
          store(load(source + 2 * BYTES), out + 2 * BYTES);
          store(load(source + 3 * BYTES), out + 3 * BYTES);
          source += b.rowBytes;
          out += 4 * BYTES;
        }
        return;
      }
      for (int k = 0; k < depth; k++) {
        for (int j = 0; j < TILE_COLUMNS; j += Lanes.COUNT) {
          store(load(source + 4L * j, Lanes.mask(j, width)), out + 4L * j);
        }
        source += b.rowBytes;
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
            long source = b.address + from * b.rowBytes + j * b.columnBytes;
            for (int k = from; k < to; k++) {
              set(target, get(source));
              source += b.rowBytes;
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

  /** c [m, n] = a [m, k] b [k, n], or c += a b. Columns of c are neighbours. */
  void multiply(int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate) {
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

  /** The same with a right side in panels, of which the first n columns are used. */
  void multiply(int m, int n, Side a, Panels b, long c, long cRowBytes, boolean accumulate) {
    for (int j = 0; j < n; j += TILE_COLUMNS) {
      int width = Math.min(TILE_COLUMNS, n - j);
      long panel = b.address + 4L * j * b.depth;
      for (int i = 0; i < m; i += TILE_ROWS) {
        int height = Math.min(TILE_ROWS, m - i);
        long left = a.address + i * a.rowBytes;
        long target = c + i * cRowBytes + 4L * j;
        if (height == TILE_ROWS && width == TILE_COLUMNS) {
          multiplyTile(
              b.depth,
              left,
              a.rowBytes,
              a.columnBytes,
              TILE_ROWS,
              panel,
              target,
              cRowBytes,
              accumulate);
        } else {
          multiplyTile(
              b.depth,
              left,
              a.rowBytes,
              a.columnBytes,
              height,
              panel,
              tile,
              4L * TILE_COLUMNS,
              false);
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
        store(accumulate ? load(at, mask).add(value) : value, at, mask);
      }
    }
  }

  /**
   * One tile of c, 6 rows by 4 vectors: 24 running sums in registers. Written out, because a vector
   * that goes into an array or through a method too large to be inlined is boxed.
   */
  private static void multiplyTile(
      int depth,
      long a,
      long aRow,
      long aColumn,
      int height,
      long b,
      long c,
      long row,
      boolean accumulate) {
    // Rows beyond the last one read it again; what they give is not copied.
    long r1 = Math.min(1, height - 1) * aRow;
    long r2 = Math.min(2, height - 1) * aRow;
    long r3 = Math.min(3, height - 1) * aRow;
    long r4 = Math.min(4, height - 1) * aRow;
    long r5 = Math.min(5, height - 1) * aRow;
    FloatVector zero = broadcast(0f);
    FloatVector c00 = zero, c01 = zero, c02 = zero, c03 = zero;
    FloatVector c10 = zero, c11 = zero, c12 = zero, c13 = zero;
    FloatVector c20 = zero, c21 = zero, c22 = zero, c23 = zero;
    FloatVector c30 = zero, c31 = zero, c32 = zero, c33 = zero;
    FloatVector c40 = zero, c41 = zero, c42 = zero, c43 = zero;
    FloatVector c50 = zero, c51 = zero, c52 = zero, c53 = zero;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = load(b);
      FloatVector b1 = load(b + BYTES);
      FloatVector b2 = load(b + 2 * BYTES);
      FloatVector b3 = load(b + 3 * BYTES);
      FloatVector x = broadcast(get(a));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = broadcast(get(a + r1));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = broadcast(get(a + r2));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = broadcast(get(a + r3));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      x = broadcast(get(a + r4));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      c42 = x.fma(b2, c42);
      c43 = x.fma(b3, c43);
      x = broadcast(get(a + r5));
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      c52 = x.fma(b2, c52);
      c53 = x.fma(b3, c53);
      a += aColumn;
      b += 4 * BYTES;
    }
    if (accumulate) {
      long r = c;
      c00 = c00.add(load(r));
      c01 = c01.add(load(r + BYTES));
      c02 = c02.add(load(r + 2 * BYTES));
      c03 = c03.add(load(r + 3 * BYTES));
      r += row;
      c10 = c10.add(load(r));
      c11 = c11.add(load(r + BYTES));
      c12 = c12.add(load(r + 2 * BYTES));
      c13 = c13.add(load(r + 3 * BYTES));
      r += row;
      c20 = c20.add(load(r));
      c21 = c21.add(load(r + BYTES));
      c22 = c22.add(load(r + 2 * BYTES));
      c23 = c23.add(load(r + 3 * BYTES));
      r += row;
      c30 = c30.add(load(r));
      c31 = c31.add(load(r + BYTES));
      c32 = c32.add(load(r + 2 * BYTES));
      c33 = c33.add(load(r + 3 * BYTES));
      r += row;
      c40 = c40.add(load(r));
      c41 = c41.add(load(r + BYTES));
      c42 = c42.add(load(r + 2 * BYTES));
      c43 = c43.add(load(r + 3 * BYTES));
      r += row;
      c50 = c50.add(load(r));
      c51 = c51.add(load(r + BYTES));
      c52 = c52.add(load(r + 2 * BYTES));
      c53 = c53.add(load(r + 3 * BYTES));
    }
    store(c00, c);
    store(c01, c + BYTES);
    store(c02, c + 2 * BYTES);
    store(c03, c + 3 * BYTES);
    c += row;
    store(c10, c);
    store(c11, c + BYTES);
    store(c12, c + 2 * BYTES);
    store(c13, c + 3 * BYTES);
    c += row;
    store(c20, c);
    store(c21, c + BYTES);
    store(c22, c + 2 * BYTES);
    store(c23, c + 3 * BYTES);
    c += row;
    store(c30, c);
    store(c31, c + BYTES);
    store(c32, c + 2 * BYTES);
    store(c33, c + 3 * BYTES);
    c += row;
    store(c40, c);
    store(c41, c + BYTES);
    store(c42, c + 2 * BYTES);
    store(c43, c + 3 * BYTES);
    c += row;
    store(c50, c);
    store(c51, c + BYTES);
    store(c52, c + 2 * BYTES);
    store(c53, c + 3 * BYTES);
  }
}
