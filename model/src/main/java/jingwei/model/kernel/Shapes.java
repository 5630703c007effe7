package jingwei.model.kernel;

import jingwei.model.memory.Matrix;

/** Checks that operands fit each other before any address is touched. */
final class Shapes {
  private Shapes() {}

  static void same(Matrix a, Matrix b) {
    if (a.rows() != b.rows() || a.columns() != b.columns()) {
      throw new IllegalArgumentException("shapes differ: %s and %s".formatted(a, b));
    }
  }

  static void row(Matrix row, Matrix of) {
    if (row.rows() != 1 || row.columns() != of.columns()) {
      throw new IllegalArgumentException("%s is not one row of %s".formatted(row, of));
    }
  }

  static void shape(Matrix x, int rows, int columns) {
    if (x.rows() != rows || x.columns() != columns) {
      throw new IllegalArgumentException("%s should be [%d x %d]".formatted(x, rows, columns));
    }
  }

  static void product(Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
    int m = transposeA ? a.columns() : a.rows();
    int ka = transposeA ? a.rows() : a.columns();
    int kb = transposeB ? b.columns() : b.rows();
    int n = transposeB ? b.rows() : b.columns();
    if (ka != kb || c.rows() != m || c.columns() != n) {
      throw new IllegalArgumentException(
          "no product: %s%s times %s%s into %s"
              .formatted(
                  a, transposeA ? " transposed" : "", b, transposeB ? " transposed" : "", c));
    }
  }

  static void width(Matrix a, Matrix b) {
    if (a.columns() != b.columns()) {
      throw new IllegalArgumentException("rows of different width: %s and %s".formatted(a, b));
    }
  }

  static void heads(Matrix x, int heads) {
    if (heads <= 0 || x.columns() % heads != 0) {
      throw new IllegalArgumentException("heads=%d do not divide %s".formatted(heads, x));
    }
  }

  /** Indices are checked here because kernels turn them into addresses. */
  static void indices(int[] index, int from, int count, int limit) {
    for (int i = from; i < from + count; i++) {
      if (index[i] < 0 || index[i] >= limit) {
        throw new IndexOutOfBoundsException("index[%d]=%d limit=%d".formatted(i, index[i], limit));
      }
    }
  }

  /** Checks that segments cover all rows; a query needs a key for its own position. */
  static void segments(Segments segments, Matrix q, Matrix k) {
    int[] queries = segments.queries();
    int[] keys = segments.keys();
    segments(queries, q.rows());
    segments(keys, k.rows());
    if (q.columns() != k.columns() || queries.length != keys.length) {
      throw new IllegalArgumentException(
          "queries=%dx%d keys=%dx%d".formatted(q.rows(), q.columns(), k.rows(), k.columns()));
    }
    for (int s = 0; s < segments.count(); s++) {
      if (queries[s + 1] - queries[s] > keys[s + 1] - keys[s]) {
        throw new IllegalArgumentException("segment=%d has more queries than keys".formatted(s));
      }
    }
  }

  private static void segments(int[] segments, int rows) {
    if (segments.length == 0 || segments[0] != 0 || segments[segments.length - 1] != rows) {
      throw new IllegalArgumentException("segments must run from 0 to " + rows);
    }
    for (int i = 1; i < segments.length; i++) {
      if (segments[i] < segments[i - 1]) {
        throw new IllegalArgumentException(
            "segments[%d]=%d is below the one before it".formatted(i, segments[i]));
      }
    }
  }
}
