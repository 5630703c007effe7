package jingwei.cluster.node;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jingwei.cluster.session.LeadLostException;

/**
 * What a session is to do next, as others tell it: go on, or end for one of several reasons. Any
 * thread may tell.
 */
final class SessionControl implements BooleanSupplier {
  /** Why a session ends before its last step. */
  enum Ending {
    PAUSE,
    STOP,
    /** Another node leads it from now on. */
    HAND_OVER
  }

  /** The session is to end while it has no nodes to save with. */
  static final class EndedWhileWaiting extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final Lead lead;
  private volatile Ending ending;

  SessionControl(Lead lead) {
    this.lead = lead;
  }

  /** Asks the session to end; the first request counts, but stop replaces pause. */
  synchronized void end(Ending how) {
    if (ending == null || (ending == Ending.PAUSE && how == Ending.STOP)) {
      ending = how;
    }
  }

  /** Null if the session goes on. */
  Ending ending() {
    return ending;
  }

  /** Whether the session is to end at the next step boundary. */
  @Override
  public boolean getAsBoolean() {
    return ending != null;
  }

  /**
   * @throws EndedWhileWaiting if the session is to end
   * @throws LeadLostException if another node may lead
   */
  void requireGoingOn() {
    requireLead();
    if (ending != null) {
      throw new EndedWhileWaiting();
    }
  }

  /**
   * @throws LeadLostException if another node may lead
   */
  void requireLead() {
    lead.require();
  }

  /** Waits a moment. */
  void park(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
