package jingwei.model.kernel;

import jingwei.model.memory.NativeMemory;

/**
 * Products by oneDNN on CPUs without AVX-512, where it reads small sides in place. Rows that lie a
 * multiple of 2 KiB apart share a few sets of the first-level cache, and such a product runs at
 * half its speed. So the rows are copied first, some columns at a time, into rows with a gap. A
 * product with spread rows has the same bits.
 */
final class SpreadProducts implements Products {
  /** A stride that is a multiple of this is spread, in bytes. */
  private static final long CONFLICT_BYTES = 2048;

  /** Gap after each copied row, in elements. */
  private static final int GAP = 16;

  private static final int MOST_COLUMNS = 1024;
  private static final int COLUMN_MULTIPLE = 128;

  /** Elements of a block of copied columns. */
  private static final long MOST_ROOM = 1 << 19;

  /** Below this number of uses of each copied element, copying costs more than it gains. */
  private static final int FEWEST_USES = 8;

  private static final int FEWEST_ROWS = 24;

  /** oneDNN packs both sides itself if 1 / m + 1 / n is below this. */
  private static final double LIBRARY_PACKS_BELOW = 0.0038;

  private final Products library;
  private final long left;
  private final long right;

  /** Elements of each of the two blocks. */
  private final long room;

  private SpreadProducts(Products library, NativeMemory memory, long room) {
    this.library = library;
    this.room = room;
    left = memory.block(4 * room).address();
    right = memory.block(4 * room).address();
  }

  /**
   * Products on this CPU.
   *
   * @param largestSide elements of the largest side of a product
   */
  static Products of(NativeMemory memory, long largestSide) {
    boolean mayGain = largestSide >= FEWEST_ROWS * CONFLICT_BYTES / 4;
    return mayGain && !OneDnn.hasAvx512()
        ? new SpreadProducts(Products.library(), memory, Math.min(MOST_ROOM, largestSide))
        : Products.library();
  }

  /** Also where nothing is gained, for tests. */
  static Products always(NativeMemory memory) {
    return new SpreadProducts(Products.library(), memory, MOST_ROOM);
  }

  @Override
  public void multiply(
      int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate) {
    boolean isPacked = 1.0 / m + 1.0 / n < LIBRARY_PACKS_BELOW;
    int columns = isPacked || k < FEWEST_ROWS ? 0 : columns(k);
    boolean mayGain = columns > 0 && b.hasRows(n);
    boolean spreadsLeft =
        mayGain && n >= FEWEST_USES && !a.hasRows(k) && a.columnBytes() % CONFLICT_BYTES == 0;
    boolean spreadsRight = mayGain && m >= FEWEST_USES && b.rowBytes() % CONFLICT_BYTES == 0;
    int mStep = spreadsLeft ? columns : m;
    int nStep = spreadsRight ? columns : n;
    for (int i = 0; i < m; i += mStep) {
      int height = Math.min(mStep, m - i);
      Side above = spreadsLeft ? spread(a.at(i, 0).transposed(), k, height, left).transposed() : a;
      for (int j = 0; j < n; j += nStep) {
        int width = Math.min(nStep, n - j);
        Side beside = spreadsRight ? spread(b.at(0, j), k, width, right) : b;
        long corner = c + i * cRowBytes + 4L * j;
        library.multiply(height, width, k, above, beside, corner, cRowBytes, accumulate);
      }
    }
  }

  /** Columns of k rows that fit into a block; 0 if they are too few. */
  private int columns(int k) {
    long fit = Math.min(MOST_COLUMNS, room / k - GAP);
    return fit < COLUMN_MULTIPLE ? 0 : (int) (fit / COLUMN_MULTIPLE * COLUMN_MULTIPLE);
  }

  /** Copies contiguous rows. */
  private static Side spread(Side rows, int number, int width, long to) {
    long rowBytes = 4L * (width + GAP);
    for (int i = 0; i < number; i++) {
      VectorRows.copy(rows.at(i, 0).address(), to + i * rowBytes, width);
    }
    return new Side(to, rowBytes, 4);
  }
}
