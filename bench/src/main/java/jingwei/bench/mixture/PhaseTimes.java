package jingwei.bench.mixture;

/**
 * Where the time of one step went.
 *
 * @param seconds of the whole step
 * @param computeSeconds forward, backward, and updates of what is no expert. If phases overlap, the
 *     time in which a worker computed, as the mean of the workers
 * @param optimizerSeconds the updates of experts, in the same way
 * @param upSeconds in which at least one tensor was on its way to the device
 * @param downSeconds in which at least one tensor was on its way to the host
 * @param moved what moved
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
   * What moved in a step, in bytes.
   *
   * @param up to the device
   * @param down to the host
   * @param activated number of experts that the step activated, whether they moved or not
   */
  public record Moved(long up, long down, int activated) {}

  /** The time in which workers did neither, and waited for transfers. */
  public double stallSeconds() {
    return Math.max(0, seconds - computeSeconds - optimizerSeconds);
  }

  public long bytesUp() {
    return moved.up;
  }

  /** Number of experts that the step activated. */
  public int activated() {
    return moved.activated;
  }

  public long bytesDown() {
    return moved.down;
  }
}
