package jingwei.model.kernel;

import jingwei.model.memory.NativeMemory;

/** The same tests where oneDNN does not load: ND4J for large products, Java for small ones. */
class WithoutLibraryTest extends VectorKernelsTest {
  @Override
  Kernels kernels(NativeMemory scratch) {
    return VectorKernels.withoutLibrary(scratch);
  }
}
