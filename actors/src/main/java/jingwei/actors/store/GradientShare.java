package jingwei.actors.store;

/**
 * What one device contributes to the gradient of an expert in a step.
 *
 * @param device index among the devices
 * @param devices bits of all devices that contribute
 * @param replicas replicas whose sums the tensor holds, as bits; the sums are in ascending order of
 *     replicas
 * @param started bits of the replicas among them that have contributed
 * @param readAsOf the device read the weights as they were after this step
 */
public record GradientShare(int device, long devices, long replicas, long started, long readAsOf) {
  /**
   * Whether no other device contributes. The device has then added up and measured the gradient.
   */
  public boolean isAlone() {
    return Long.bitCount(devices) == 1;
  }

  /** Place of a replica in the tensor. */
  int placeOf(int replica) {
    return Long.bitCount(replicas & ((1L << replica) - 1));
  }
}
