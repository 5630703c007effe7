package jingwei.actors.device;

/** The reason why an expert with work had to wait in one residency. */
public enum ExpertWait {
  /** Nothing: its weights were in a slot. */
  NONE,
  /** The transfer of its weights, which were not prefetched in time. */
  BYTES,
  /** The optimizer, which had not produced the version in time to prefetch it. */
  VERSION,
  /** The transfer of its weights, which had been in a slot and were evicted. */
  EVICTED
}
