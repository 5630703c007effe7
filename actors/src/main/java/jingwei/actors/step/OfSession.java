package jingwei.actors.step;

/**
 * A message between nodes, which belongs to one incarnation of a session. No other message can
 * travel ({@code jingwei-nodes.conf}).
 */
public interface OfSession {
  /** The incarnation of the session that sent the message. */
  long incarnation();
}
