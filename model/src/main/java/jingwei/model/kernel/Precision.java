package jingwei.model.kernel;

import jingwei.model.memory.NativeMemory;

/**
 * The precision of matrix products. Weights, moments, gradients, activations, norms, softmax, loss
 * and all sums are single precision in both cases.
 */
public enum Precision {
  /** Single precision. */
  FP32,

  /**
   * Both sides of a product are rounded to bf16 (8 bits of mantissa) and sums are single precision:
   * mixed precision with fp32 master weights (Micikevicius et al. 2018). Because bf16 replaces
   * fp16, there is no loss scaling.
   */
  BF16;

  /**
   * Kernels of this precision.
   *
   * @param largestSide elements of the largest side of a product; memory is reserved for copies of
   *     sides: rounded ones of this size, or parts of them whose rows are spread
   * @throws jingwei.model.UserException if the CPU or the library does not support it
   */
  public Kernels kernels(NativeMemory scratch, long largestSide) {
    return new VectorKernels(this, scratch, largestSide);
  }

  /** The fingerprint of these kernels on this machine. */
  public String fingerprintHere() {
    String single = VectorKernels.fingerprintHere();
    return this == FP32 ? single : single + " bf16";
  }

  /** Whether this machine supports it: bf16 needs oneDNN and a CPU that multiplies bf16 faster. */
  public boolean isHere() {
    return this == FP32 || (OneDnn.isLoaded() && OneDnn.hasBf16());
  }
}
