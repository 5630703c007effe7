package jingwei.cluster.node;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What every coordinator must know of a session.
 *
 * @param name of the session and of its folder
 * @param number in the order in which sessions were submitted
 * @param state of the session
 * @param wanted what a user has asked for since it runs: {@code PAUSED}, {@code STOPPED}, or {@code
 *     QUEUED} to go on after that; null for nothing
 * @param led its newest epoch
 * @param configuration as it was submitted
 * @param reached where it is; at the time of the last change of this record
 */
record SessionRecord(
    String name,
    long number,
    SessionState state,
    SessionState wanted,
    Led led,
    String configuration,
    Reached reached) {
  /**
   * An epoch.
   *
   * @param epoch its number, which no other session has; 0 before the first
   * @param by address of the node that leads it, or led it last; empty before the first, and after
   *     the leader has handed the session over
   */
  record Led(long epoch, String by) {
    static final Led NEVER = new Led(0, "");
  }

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

    Reached with(String fault) {
      return new Reached(step, bitsPerByte, tokensPerSecond, fault);
    }
  }

  /** A session that was submitted now. */
  static SessionRecord queued(String name, long number, String configuration) {
    return new SessionRecord(
        name, number, SessionState.QUEUED, null, Led.NEVER, configuration, Reached.START);
  }

  long epoch() {
    return led.epoch;
  }

  String leader() {
    return led.by;
  }

  /** The same in another state; whatever was wanted is done. */
  SessionRecord with(SessionState next) {
    return new SessionRecord(name, number, next, null, led, configuration, reached);
  }

  SessionRecord with(Reached now) {
    return new SessionRecord(name, number, state, wanted, led, configuration, now);
  }

  /** The same with a wish of a user, who may rely on it. */
  SessionRecord wanting(SessionState wish) {
    return new SessionRecord(name, number, state, wish, led, configuration, reached);
  }

  /** The same in another epoch, with its leader. */
  SessionRecord inEpoch(long next, String ledBy) {
    return new SessionRecord(
        name, number, SessionState.RUNNING, wanted, new Led(next, ledBy), configuration, reached);
  }

  /** The same after its run has ended in a state. */
  SessionRecord ended(SessionState state) {
    boolean goesOn =
        wanted == SessionState.QUEUED
            && (state == SessionState.PAUSED || state == SessionState.STOPPED);
    return with(goesOn ? SessionState.QUEUED : state);
  }

  /** The same without a leader. */
  SessionRecord handedOver() {
    return new SessionRecord(
        name, number, state, wanted, new Led(led.epoch, ""), configuration, reached);
  }

  /**
   * The fault that left the session without its leader, for a node that leads it next.
   *
   * @param address of that node
   * @param ledEpoch the last epoch that this process led; 0 for none
   * @return empty if the session had no leader, or this process knows what happened
   */
  Optional<String> lossBefore(String address, long ledEpoch) {
    if (state != SessionState.RUNNING || led.by.isEmpty()) {
      return Optional.empty();
    }
    if (!led.by.equals(address)) {
      return Optional.of("node %s, which led the session, is lost".formatted(led.by));
    }
    return led.epoch == ledEpoch
        ? Optional.empty()
        : Optional.of("node %s, which led the session, was started anew".formatted(led.by));
  }

  /** Whether its leader was lost after a user had asked for its end. */
  boolean mustEnd() {
    boolean isOpen = state == SessionState.RUNNING || state == SessionState.QUEUED;
    return isOpen && (wanted == SessionState.PAUSED || wanted == SessionState.STOPPED);
  }
}
