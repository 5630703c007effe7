package jingwei.model.kernel;

import jingwei.model.memory.NativeMemory;

/** The same tests without oneDNN: ND4J computes large products, Java small ones. */
class WithoutLibraryTest extends VectorKernelsTest {
  @Override
  Kernels kernels(NativeMemory scratch) {
    return VectorKernels.withoutLibrary(scratch);
  }
}
