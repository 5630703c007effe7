package jingwei.model.text;

import java.util.Arrays;
import java.util.List;

/**
 * Finds the rank and the result of a merge by the pair that it joins: a hash table without objects.
 */
final class MergeRanks {
  /** The rank of a pair that is never joined; greater than any other. */
  static final int NONE = Integer.MAX_VALUE;

  private final long[] keys;
  private final int[] ranks;
  private final int[] joined;
  private final int mask;

  MergeRanks(List<Vocabulary.Merge> merges) {
    int capacity = Integer.highestOneBit(Math.max(8, merges.size())) << 2;
    keys = new long[capacity];
    ranks = new int[capacity];
    joined = new int[capacity];
    mask = capacity - 1;
    Arrays.fill(ranks, NONE);
    for (int rank = 0; rank < merges.size(); rank++) {
      Vocabulary.Merge merge = merges.get(rank);
      int slot = slot(merge.left(), merge.right());
      keys[slot] = key(merge.left(), merge.right());
      ranks[slot] = rank;
      joined[slot] = merge.joined();
    }
  }

  /** The rank of a pair, lower before higher, or {@link #NONE}. */
  int rank(int left, int right) {
    return ranks[slot(left, right)];
  }

  /** The token that a pair with a rank becomes. */
  int joined(int left, int right) {
    return joined[slot(left, right)];
  }

  private int slot(int left, int right) {
    long key = key(left, right);
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash >>> 40) & mask;
    while (ranks[slot] != NONE && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
