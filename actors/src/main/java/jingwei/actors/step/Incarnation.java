package jingwei.actors.step;

/**
 * The incarnation of a session that an actor belongs to. The actor ignores messages of others.
 *
 * @param number of the incarnation; its messages carry it
 * @param strays counts messages that change nothing, for all actors of the node
 */
public record Incarnation(long number, Strays strays) {
  /** Whether a message belongs to another incarnation; if so, it is counted. */
  public boolean isForeign(OfSession message) {
    if (message.incarnation() == number) {
      return false;
    }
    strays.foreign();
    return true;
  }

  /**
   * Whether a message is new; if not, it is counted: as doubled if it has the newest number, as
   * late if it is older.
   *
   * @param number of the message, counted by its sender
   * @param newest number of the sender's messages before
   */
  public boolean isNew(long number, long newest) {
    if (number > newest) {
      return true;
    }
    countRepetition(number == newest);
    return false;
  }

  /**
   * Counts a message about something that was done before.
   *
   * @param isOpen whether its step or transfer is still open; if not, the message is late
   */
  public void countRepetition(boolean isOpen) {
    if (isOpen) {
      strays.doubled();
    } else {
      strays.late();
    }
  }
}
