package jingwei.model.routing;

/** How token ids are dealt to the experts of a domain. */
public enum RouteMode {
  /** A random permutation of the ids, dealt round-robin: ids per expert differ by one at most. */
  PERMUTE,
  /**
   * Ids by falling corpus count, each to the least loaded expert: tokens per expert as even as a
   * fixed map allows.
   */
  GREEDY
}
