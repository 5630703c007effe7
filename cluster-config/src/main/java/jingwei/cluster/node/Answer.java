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
   * The request was refused.
   *
   * @param sentence what, and how to mend it
   */
  record Refused(String sentence) implements Answer {}
}
