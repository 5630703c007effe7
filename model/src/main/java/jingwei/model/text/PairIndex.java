package jingwei.model.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The neighbouring pairs of tokens in all words: how often each occurs, in which words, and which
 * one is the most frequent. Of equal counts, the lower left id wins, then the lower right id.
 */
final class PairIndex {
  private final Map<Long, Pair> pairs = new HashMap<>();
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
  private final Set<Long> grown = new HashSet<>();

  /** A pair with the count it had when it was queued. */
  record Candidate(long count, int left, int right) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int order = Long.compare(other.count, count);
      order = order != 0 ? order : Integer.compare(left, other.left);
      return order != 0 ? order : Integer.compare(right, other.right);
    }
  }

  /** Counts more occurrences of a pair in a word. */
  void add(int left, int right, int word, long occurrences) {
    long key = key(left, right);
    Pair pair = pairs.computeIfAbsent(key, _ -> new Pair());
    pair.count += occurrences;
    pair.addWord(word);
    grown.add(key);
  }

  /** Subtracts occurrences of a pair; ignores a pair that was already removed. */
  void subtract(int left, int right, long occurrences) {
    Pair pair = pairs.get(key(left, right));
    if (pair != null) {
      pair.count -= occurrences;
    }
  }

  /** The most frequent pair, if it occurs at least this often. */
  Optional<Candidate> best(long minimumCount) {
    queueGrown();
    while (!queue.isEmpty()) {
      Candidate candidate = queue.poll();
      Pair pair = pairs.get(key(candidate.left, candidate.right));
      long count = pair == null ? 0 : pair.count;
      if (count == candidate.count && count >= minimumCount) {
        return Optional.of(candidate);
      }
      // A pair is queued when its count grows, so only a count that shrank must be queued here.
      if (count < candidate.count && count >= minimumCount) {
        queue.add(new Candidate(count, candidate.left, candidate.right));
      }
    }
    return Optional.empty();
  }

  /**
   * Removes a pair and returns the words that may contain it. A word may be listed twice, or may no
   * longer contain it.
   */
  int[] takeWords(int left, int right) {
    Pair pair = pairs.remove(key(left, right));
    return pair == null ? new int[0] : Arrays.copyOf(pair.words, pair.size);
  }

  private void queueGrown() {
    for (long key : grown) {
      Pair pair = pairs.get(key);
      if (pair != null) {
        queue.add(new Candidate(pair.count, (int) (key >>> 32), (int) key));
      }
    }
    grown.clear();
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  private static final class Pair {
    private long count;
    private int[] words = new int[2];
    private int size;

    private void addWord(int word) {
      if (size > 0 && words[size - 1] == word) {
        return;
      }
      if (size == words.length) {
        words = Arrays.copyOf(words, size * 2);
      }
      words[size++] = word;
    }
  }
}
