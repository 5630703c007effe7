package jingwei.cluster.chaos;

/** The promises that a history is checked for. */
public enum Promise {
  /** The same bits, whatever fails. */
  P1,
  /** Every batch counts exactly once. */
  P2,
  /** A session goes on from a checkpoint that is complete. */
  P3,
  /** Memory stays below its budget. */
  P4
}
