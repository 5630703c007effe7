package jingwei.model.kernel;

/** Products of strided single-precision matrices, independent of what computes them. */
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
     * Whether the rows are contiguous; otherwise the columns are. A column without gaps and its
     * transpose both have strides of 4 bytes; the number of columns tells them apart.
     */
    boolean hasRows(int columns) {
      return columnBytes == 4 && rowBytes / 4 >= columns;
    }

    /**
     * Elements from one row to the next, or from one column to the next if columns are contiguous.
     */
    long stride(int columns) {
      return (hasRows(columns) ? rowBytes : columnBytes) / 4;
    }
  }

  /** c [m, n] = a [m, k] b [k, n], or c += a b. The elements of a row of c are adjacent. */
  void multiply(int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate);

  /** Products by oneDNN, for every size. */
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
