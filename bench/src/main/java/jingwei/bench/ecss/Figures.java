package jingwei.bench.ecss;

/**
 * The figures of a rung in one round, each a mean over its steps.
 *
 * @param activatedShare share of all experts that a step activates
 * @param bytes in use, and moved
 * @param computeSeconds a step: all computing of the workers but that of the optimizer, divided by
 *     their number
 * @param optimizerMillis a step: the optimizer of the experts, divided by the number of workers
 * @param stallMillis a step: time that experts with work waited for their weights, added up
 * @param misses a step: experts that waited since they were not prefetched in time
 */
record Figures(
    double tokensPerSecond,
    double activatedShare,
    Bytes bytes,
    double computeSeconds,
    double optimizerMillis,
    double stallMillis,
    double misses) {
  /**
   * @param device most native memory of the device
   * @param host most native memory of the host
   * @param toDevice moved to the device in a step
   * @param toHost moved to the host in a step
   * @param secondsToDevice in which the link was busy in a step; NaN if it was not measured
   * @param secondsToHost in which the link was busy in a step; NaN if it was not measured
   */
  record Bytes(
      long device,
      long host,
      double toDevice,
      double toHost,
      double secondsToDevice,
      double secondsToHost) {}
}
