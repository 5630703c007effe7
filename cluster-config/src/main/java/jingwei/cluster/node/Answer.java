package jingwei.cluster.node;

/** The answer to a {@link Query}. */
public sealed interface Answer extends ClusterMessage {
  /**
   * The answer.
   *
   * @param json one JSON object
   */
  record Given(String json) implements Answer {}

  /**
   * The leader cannot answer yet; the client asks again, as long as there is progress.
   *
   * @param sentence what the leader does first, and how far it is
   */
  record NotYet(String sentence) implements Answer {}

  /**
   * The request was refused.
   *
   * @param sentence what, and how to mend it
   */
  record Refused(String sentence) implements Answer {}
}
