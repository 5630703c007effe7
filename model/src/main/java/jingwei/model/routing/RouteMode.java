package jingwei.model.routing;

/** How token ids are assigned to the experts of a domain. */
public enum RouteMode {
  /** A random permutation of the ids, dealt round-robin: ids per expert differ by one at most. */
  PERMUTE,
  /**
   * Ids in descending order of corpus count, each to the least loaded expert. Tokens per expert are
   * as even as a fixed map allows.
   */
  GREEDY
}
