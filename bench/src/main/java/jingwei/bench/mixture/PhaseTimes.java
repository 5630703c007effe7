package jingwei.bench.mixture;

/**
 * Where the time of one step went.
 *
 * @param seconds of the whole step
 * @param computeSeconds forward and backward. If phases overlap, the time in which a worker
 *     computed, as the mean of the workers
 * @param optimizerSeconds the updates, in the same way
 * @param upSeconds in which at least one tensor was on its way to the device
 * @param downSeconds in which at least one tensor was on its way to the host
 * @param moved bytes of both directions
 * @param loss mean over the target tokens, in nats, without the balance loss
 */
public record PhaseTimes(
    double seconds,
    double computeSeconds,
    double optimizerSeconds,
    double upSeconds,
    double downSeconds,
    Moved moved,
    double loss) {
  /**
   * Bytes that moved in a step.
   *
   * @param up to the device
   * @param down to the host
   */
  public record Moved(long up, long down) {}

  /** The time in which workers did neither, and waited for transfers. */
  public double stallSeconds() {
    return Math.max(0, seconds - computeSeconds - optimizerSeconds);
  }

  public long bytesUp() {
    return moved.up;
  }

  public long bytesDown() {
    return moved.down;
  }
}
