package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import jingwei.model.ChildProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A signal, such as a profiler's, may reach a thread in the middle of any product. It writes only
 * to the thread's own stack.
 */
class SignalTest {
  @TempDir Path folder;

  @Test
  void libraryProductsLeaveTheHeapAlone() throws Exception {
    assumeTrue(OneDnn.isLoaded(), "oneDNN does not load here");
    survives(SignalledProducts.Way.LIBRARY, "");
  }

  /** Every instruction set has kernels of its own. */
  @Test
  void narrowerVectorProductsLeaveTheHeapAlone() throws Exception {
    assumeTrue(OneDnn.isLoaded() && Lanes.COUNT > 8, "no wider vectors than those of AVX2 here");
    survives(SignalledProducts.Way.LIBRARY, "AVX2");
  }

  @Test
  void bf16ProductsLeaveTheHeapAlone() throws Exception {
    assumeTrue(Precision.BF16.isHere(), "no bf16 here");
    survives(SignalledProducts.Way.BF16, "");
  }

  @Test
  void productsWithoutTheLibraryLeaveTheHeapAlone() throws Exception {
    survives(SignalledProducts.Way.WITHOUT_LIBRARY, "");
  }

  /**
   * @param instructions the largest instruction set that oneDNN may use, or empty
   */
  private void survives(SignalledProducts.Way way, String instructions) throws Exception {
    ChildProcess child = new ChildProcess(SignalledProducts.class, List.of(), way.name());
    if (!instructions.isEmpty()) {
      child.environment().put("ONEDNN_MAX_CPU_ISA", instructions);
    }
    ChildProcess.Result result = child.run(folder);
    assertEquals(0, result.exitCode(), result.output());
  }
}
