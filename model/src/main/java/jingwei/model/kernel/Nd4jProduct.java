package jingwei.model.kernel;

import jingwei.model.library.JavaCppFolder;
import jingwei.model.memory.Matrix;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Matrix products by ND4J, used if oneDNN does not load. If ND4J does not load either (no folder
 * for its libraries), one warning says so.
 */
final class Nd4jProduct {
  private static final Logger LOG = LoggerFactory.getLogger(Nd4jProduct.class);

  /** Null if ND4J does not load. */
  private static final String BACKEND = backend();

  private Nd4jProduct() {}

  static boolean isLoaded() {
    return BACKEND != null;
  }

  static String fingerprint() {
    return BACKEND == null ? "java" : "nd4j-" + BACKEND;
  }

  /** See {@link Kernels#multiply}. */
  static void multiply(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c, boolean accumulate) {
    var transpose = MMulTranspose.builder().transposeA(transposeA).transposeB(transposeB).build();
    Nd4j.exec(new Mmul(a.nd4j(), b.nd4j(), c.nd4j(), 1.0, accumulate ? 1.0 : 0.0, transpose));
  }

  private static String backend() {
    JavaCppFolder.choose();
    try {
      return Nd4j.getBackend().getClass().getSimpleName();
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("ND4J does not load here ({}); Java computes all matrix products.", e.toString());
      return null;
    }
  }
}
