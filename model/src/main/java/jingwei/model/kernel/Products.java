package jingwei.model.kernel;

/** Products of strided single-precision matrices, whoever makes them. */
interface Products {

  /** A strided matrix: element (i, j) lies at address + i * rowBytes + j * columnBytes. */
  record Side(long address, long rowBytes, long columnBytes) {
    Side at(long row, long column) {
      return new Side(address + row * rowBytes + column * columnBytes, rowBytes, columnBytes);
    }

    Side transposed() {
      return new Side(address, columnBytes, rowBytes);
    }

    /**
     * Whether its rows, not its columns, lie in one piece. A single column without gaps is both a
     * column and, transposed, a row; its length tells which.
     */
    boolean hasRows(int columns) {
      return columnBytes == 4 && rowBytes / 4 >= columns;
    }

    /** Elements from one row (or column, if they lie in one piece) to the next. */
    long stride(int columns) {
      return (hasRows(columns) ? rowBytes : columnBytes) / 4;
    }
  }

  /** c [m, n] = a [m, k] b [k, n], or c += a b. Columns of c are neighbours. */
  void multiply(int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate);

  /** oneDNN, for every size. */
  static Products library() {
    return (m, n, k, a, b, c, cRowBytes, accumulate) ->
        OneDnn.sgemm(
            !a.hasRows(k),
            !b.hasRows(n),
            m,
            n,
            k,
            a.address(),
            a.stride(k),
            b.address(),
            b.stride(n),
            c,
            cRowBytes / 4,
            accumulate);
  }
}
