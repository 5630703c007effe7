package jingwei.model.kernel;

import jingwei.model.memory.HostSpace;
import jingwei.model.memory.MemorySpace;
import jingwei.model.memory.NativeMemory;

/** The CPU: plain host memory, and kernels whose work is done when a call returns. */
public final class CpuBackend implements Backend {
  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public MemorySpace space() {
    return HostSpace.INSTANCE;
  }

  @Override
  public Kernels kernels(Precision precision, NativeMemory scratch, long largestSide) {
    return precision.kernels(scratch, largestSide);
  }

  @Override
  public String fingerprint(Precision precision) {
    return precision.fingerprintHere();
  }
}
