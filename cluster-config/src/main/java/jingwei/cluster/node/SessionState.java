package jingwei.cluster.node;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

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

  /** The state of the session in a folder, as its record says; empty if there is no record. */
  public static Optional<SessionState> of(Path folder) {
    return new SessionTable(folder.toAbsolutePath().getParent())
        .find(folder.getFileName().toString())
        .map(SessionRecord::state);
  }

  /** Whether nothing changes the session any more. */
  boolean isOver() {
    return this == STOPPED || this == DONE || this == FAILED;
  }
}
