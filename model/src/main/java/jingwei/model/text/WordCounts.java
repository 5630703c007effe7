package jingwei.model.text;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * How often each word occurs in the texts, with a limit on the number of distinct words. At the
 * limit, at least a quarter of the words, the rarest, are forgotten. So the result depends only on
 * the texts and their order.
 */
final class WordCounts {
  private final int maxWords;
  private final Map<String, Count> counts = new HashMap<>();

  /** A word of the texts and its count since it was last forgotten. */
  record Word(String text, long count) {}

  WordCounts(int maxWords) {
    this.maxWords = maxWords;
  }

  void add(String text) {
    Matcher words = WordPattern.words(text);
    while (words.find()) {
      counts.computeIfAbsent(words.group(), _ -> new Count()).value++;
      if (counts.size() > maxWords) {
        forgetTheRarest();
      }
    }
  }

  /** The words in the order of their characters. */
  List<Word> words() {
    return counts.entrySet().stream()
        .map(entry -> new Word(entry.getKey(), entry.getValue().value))
        .sorted(Comparator.comparing(Word::text))
        .toList();
  }

  private void forgetTheRarest() {
    long[] sorted = counts.values().stream().mapToLong(count -> count.value).sorted().toArray();
    long limit = sorted[sorted.length / 4];
    counts.values().removeIf(count -> count.value <= limit);
  }

  private static final class Count {
    private long value;
  }
}
