package jingwei.model.kernel;

import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * A separate process: makes a product that is large enough for a library and prints what did it.
 */
final class UnusableFolders {
  private UnusableFolders() {}

  public static void main(String[] arguments) {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      Matrices matrices = new Matrices(memory, 1);
      Matrix a = matrices.random(192, 256);
      Matrix b = matrices.random(256, 320);
      Matrix c = matrices.random(192, 320);
      Matrix expected = memory.matrix(c.type(), 192, 320);
      new VectorKernels(memory).multiply(a, false, b, false, c, false);
      for (int i = 0; i < c.rows(); i++) {
        for (int j = 0; j < c.columns(); j++) {
          double sum = 0;
          for (int k = 0; k < a.columns(); k++) {
            sum += a.get(i, k) * b.get(k, j);
          }
          expected.set(i, j, sum);
        }
      }
      System.out.println(
          "error " + (Matrices.relativeError(expected, c) < 1e-5 ? "none" : "large"));
      System.out.println(VectorKernels.fingerprintHere());
    }
  }
}
