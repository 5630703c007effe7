package jingwei.cluster.node;

/** A question or request of a client to the leader of the sessions. Each may come twice. */
public sealed interface Query extends ClusterMessage {
  /**
   * Adds a session.
   *
   * @param name of the session
   * @param configuration as {@code config.conf} of a run
   */
  record Submit(String name, String configuration) implements Query {}

  /** Asks for all sessions. */
  record All() implements Query {}

  /**
   * Asks where a session is.
   *
   * @param name empty for the newest session
   */
  record Status(String name) implements Query {}

  /** Asks to end the session at a step boundary until it is resumed. */
  record Pause(String name) implements Query {}

  /** Asks to go on with a paused, stopped or failed session. */
  record Resume(String name) implements Query {}

  /** Asks to end the session at a step boundary. */
  record Stop(String name) implements Query {}

  /**
   * A client wants to send the rows that follow the durable ones.
   *
   * @param client a name that no other client has
   * @param connection number of its connection, counted from 1
   */
  record Connect(String name, String client, int connection) implements Query {}

  /**
   * Rows of standard input for a session.
   *
   * @param at bytes that the client has sent before since it connected
   * @param base64 the next bytes
   * @param isLast whether none follows
   */
  record Rows(String name, String client, int connection, long at, String base64, boolean isLast)
      implements Query {}

  /**
   * A node wants to leave; answered once it has no share any more.
   *
   * @param node its address
   */
  record Drain(String node) implements Query {}
}
