package jingwei.model.kernel;

/**
 * The sequences that attention separates: a query sees only keys of its own segment.
 *
 * <p>A segment may have fewer queries than keys. Its queries are then the last positions of its
 * keys, so query i of n sees all keys but the last n - 1 - i (as in FlashAttention 2.1).
 *
 * @param queries first query row of each segment, and the number of queries at the end
 * @param keys first key row of each segment, and the number of keys at the end
 */
@SuppressWarnings("ArrayRecordComponent") // read by kernels, never compared
public record Segments(int[] queries, int[] keys) {
  /** Segments with as many queries as keys: self-attention. */
  public static Segments of(int[] starts) {
    return new Segments(starts, starts);
  }

  /** Number of segments. */
  public int count() {
    return queries.length - 1;
  }
}
