package jingwei.model.kernel;

import jingwei.model.memory.NativeMemory;

/**
 * What products are computed in. Weights, moments, gradients, activations, norms, softmax and loss
 * are single precision either way, and so are all sums.
 */
public enum Precision {
  /** Single precision. */
  FP32,

  /**
   * Both sides of a product are rounded to bf16 (8 bits of mantissa), sums are single precision:
   * mixed precision with fp32 master weights (Micikevicius et al. 2018, with bf16 in place of fp16
   * and so without loss scaling).
   */
  BF16;

  /**
   * Kernels of this precision.
   *
   * @param largestSide elements of the largest side of a product, for which room is taken where
   *     sides are rounded
   * @throws jingwei.model.UserException if CPU or library have it not
   */
  public Kernels kernels(NativeMemory scratch, long largestSide) {
    return new VectorKernels(this, scratch, largestSide);
  }

  /** The fingerprint that such kernels have on this machine. */
  public String fingerprintHere() {
    String single = VectorKernels.fingerprintHere();
    return this == FP32 ? single : single + " bf16";
  }

  /** Whether this machine computes in it faster than in single precision. */
  public boolean isHere() {
    return this == FP32 || (OneDnn.isLoaded() && OneDnn.hasBf16());
  }
}
