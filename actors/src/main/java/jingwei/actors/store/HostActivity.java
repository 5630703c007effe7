package jingwei.actors.store;

/**
 * What a host uses, and has done since its start.
 *
 * @param memoryBytes native memory in use
 * @param updateNanos computing time of the updates of its experts
 */
public record HostActivity(long memoryBytes, long updateNanos) {
  /** Two hosts together. */
  public HostActivity plus(HostActivity other) {
    return new HostActivity(memoryBytes + other.memoryBytes, updateNanos + other.updateNanos);
  }
}
