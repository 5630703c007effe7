package jingwei.model.kernel;

import jingwei.model.memory.NativeMemory;
import jingwei.model.memory.WalledSpace;

/**
 * A second backend, for tests: the kernels of the CPU over a {@link WalledSpace}. It gives the bits
 * of the CPU. A call to a kernel only queues the work, and {@link Kernels#finish} does it. So a
 * test finds whoever touches device memory without a copy, or does not wait for kernels.
 *
 * <p>The scratch memory of the kernels is plain host memory that no budget counts.
 */
public final class WalledBackend implements Backend {
  private final WalledSpace space = new WalledSpace();

  @Override
  public String name() {
    return "walled";
  }

  @Override
  public WalledSpace space() {
    return space;
  }

  @Override
  public Kernels kernels(Precision precision, NativeMemory scratch, long largestSide) {
    NativeMemory inside = NativeMemory.unbounded("scratch of walled kernels");
    scratch.closesToo(inside::close);
    return new WalledKernels(precision.kernels(inside, largestSide), space);
  }

  @Override
  public String fingerprint(Precision precision) {
    return precision.fingerprintHere();
  }
}
