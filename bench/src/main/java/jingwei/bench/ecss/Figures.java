package jingwei.bench.ecss;

/**
 * The figures of a rung in one round, each a mean over its steps.
 *
 * @param activatedShare share of all experts that a step activates
 * @param bytes in use, and moved
 * @param misses a step: experts that waited since they were not prefetched in time
 * @param updatedExperts experts that were updated at least once since the rung was opened
 */
record Figures(
    double tokensPerSecond,
    double activatedShare,
    Bytes bytes,
    Times times,
    double misses,
    long updatedExperts) {
  /**
   * Where the time of a step went.
   *
   * @param computeSeconds all computing of the workers but that of the optimizer, divided by their
   *     number
   * @param optimizerMillis the optimizer of the experts, divided by the number of workers
   * @param stallMillis time that experts with work waited for their weights, added up
   */
  record Times(double computeSeconds, double optimizerMillis, double stallMillis) {}

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
