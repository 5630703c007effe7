package jingwei.cluster.node;

import java.util.Locale;

/** The state of a session, as its record holds it. */
public enum SessionState {
  /** Waits until earlier sessions are done. */
  QUEUED,
  /** Trains, or waits for nodes. Goes on with another leader if its own is lost. */
  RUNNING,
  PAUSED,
  STOPPED,
  DONE,
  FAILED;

  /** The name that users read, in lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether nothing changes the session any more. */
  boolean isOver() {
    return this == STOPPED || this == DONE || this == FAILED;
  }
}
