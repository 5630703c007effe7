package jingwei.model.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns one word into tokens: repeatedly joins the two neighbours whose merge has the lowest rank,
 * the leftmost of equal ones.
 *
 * <p>A table of fixed size caches the tokens of words. Entries are immutable and replaced as a
 * whole, so several threads may use one encoder. At worst a word is encoded twice.
 */
final class WordEncoder {
  private static final int SLOTS = 1 << 16;

  private final MergeRanks merges;
  private final int[] byteIds;
  private final Entry[] remembered = new Entry[SLOTS];

  @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
  private record Entry(String word, int[] tokens) {}

  /**
   * @param byteIds the token of each of the 256 bytes
   */
  WordEncoder(MergeRanks merges, int[] byteIds) {
    this.merges = merges;
    this.byteIds = byteIds;
  }

  /** The tokens of the characters from {@code start} to {@code end}; read-only. */
  int[] encode(String text, int start, int end) {
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = hash * 31 + text.charAt(i);
    }
    int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
    Entry entry = remembered[slot];
    if (entry == null
        || entry.word.length() != end - start
        || !text.startsWith(entry.word, start)) {
      String word = text.substring(start, end);
      entry = new Entry(word, work(word.getBytes(StandardCharsets.UTF_8)));
      remembered[slot] = entry;
    }
    return entry.tokens;
  }

  private int[] work(byte[] bytes) {
    int size = bytes.length;
    int[] tokens = new int[size];
    int[] ranks = new int[size];
    for (int i = 0; i < size; i++) {
      tokens[i] = byteIds[bytes[i] & 0xFF];
    }
    for (int i = 0; i + 1 < size; i++) {
      ranks[i] = merges.rank(tokens[i], tokens[i + 1]);
    }
    while (size > 1) {
      int best = 0;
      for (int i = 1; i + 1 < size; i++) {
        best = ranks[i] < ranks[best] ? i : best;
      }
      if (ranks[best] == MergeRanks.NONE) {
        break;
      }
      tokens[best] = merges.joined(tokens[best], tokens[best + 1]);
      size--;
      System.arraycopy(tokens, best + 2, tokens, best + 1, size - best - 1);
      System.arraycopy(ranks, best + 1, ranks, best, size - best);
      if (best > 0) {
        ranks[best - 1] = merges.rank(tokens[best - 1], tokens[best]);
      }
      if (best + 1 < size) {
        ranks[best] = merges.rank(tokens[best], tokens[best + 1]);
      }
    }
    return Arrays.copyOf(tokens, size);
  }
}
