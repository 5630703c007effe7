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

    boolean hasRows() {
      return columnBytes == 4;
    }

    /** Elements from one row as it lies in memory to the next. */
    long stride() {
      return (hasRows() ? rowBytes : columnBytes) / 4;
    }
  }

  /** c [m, n] = a [m, k] b [k, n], or c += a b. Columns of c are neighbours. */
  void multiply(int m, int n, int k, Side a, Side b, long c, long cRowBytes, boolean accumulate);

  /** oneDNN, for every size. */
  static Products library() {
    return (m, n, k, a, b, c, cRowBytes, accumulate) ->
        OneDnn.sgemm(
            !a.hasRows(),
            !b.hasRows(),
            m,
            n,
            k,
            a.address(),
            a.stride(),
            b.address(),
            b.stride(),
            c,
            cRowBytes / 4,
            accumulate);
  }
}
