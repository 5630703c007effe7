package jingwei.actors.step;

/**
 * Messages from other nodes that changed nothing.
 *
 * @param foreign of another incarnation of a session
 * @param late about a step or transfer that was over
 * @param doubled that had come before
 */
public record StrayCounts(long foreign, long late, long doubled) {
  public static final StrayCounts NONE = new StrayCounts(0, 0, 0);

  public StrayCounts plus(StrayCounts other) {
    return new StrayCounts(foreign + other.foreign, late + other.late, doubled + other.doubled);
  }
}
