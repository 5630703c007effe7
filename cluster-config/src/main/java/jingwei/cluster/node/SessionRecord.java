package jingwei.cluster.node;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What every coordinator must know of a session.
 *
 * @param name of the session and of its folder
 * @param number in the order in which sessions were submitted
 * @param state of the session
 * @param epoch number of the newest epoch, which no other session has; 0 before the first
 * @param leader address of the node that leads it, or led it last; empty before the first
 * @param configuration as it was submitted
 * @param reached where it is; at the time of the last change of this record
 */
record SessionRecord(
    String name,
    long number,
    SessionState state,
    long epoch,
    String leader,
    String configuration,
    Reached reached) {
  /**
   * Where a session is.
   *
   * @param step last committed step
   * @param bitsPerByte of each domain, over the last steps
   * @param tokensPerSecond over the last steps
   * @param lastFault empty if there was none
   */
  record Reached(
      long step, SortedMap<String, Double> bitsPerByte, double tokensPerSecond, String lastFault) {
    static final Reached START = new Reached(0, new TreeMap<>(), 0, "");
  }

  SessionRecord with(SessionState next) {
    return new SessionRecord(name, number, next, epoch, leader, configuration, reached);
  }

  SessionRecord with(Reached now) {
    return new SessionRecord(name, number, state, epoch, leader, configuration, now);
  }

  /** The same in another epoch, with its leader. */
  SessionRecord inEpoch(long next, String ledBy) {
    return new SessionRecord(
        name, number, SessionState.RUNNING, next, ledBy, configuration, reached);
  }
}
