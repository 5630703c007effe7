package jingwei.model.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;

/** BPE by definition: counts all pairs again before every merge. */
final class NaiveBpe {
  private NaiveBpe() {}

  private record Pair(int left, int right) {}

  /** The vocabulary of a text, starting from given control tokens. */
  static Vocabulary train(String text, ControlTokens control, int size, int minimumCount) {
    var vocabulary = new Vocabulary.Builder(control);
    List<List<Integer>> words = new ArrayList<>();
    for (String word : WordPattern.words(text).results().map(MatchResult::group).toList()) {
      List<Integer> tokens = new ArrayList<>();
      for (byte each : word.getBytes(StandardCharsets.UTF_8)) {
        tokens.add(vocabulary.byteId(each & 0xFF));
      }
      words.add(tokens);
    }
    while (vocabulary.size() < size) {
      Map<Pair, Integer> counts = new HashMap<>();
      for (List<Integer> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(new Pair(word.get(i), word.get(i + 1)), 1, Integer::sum);
        }
      }
      Pair best =
          counts.keySet().stream()
              .min(
                  Comparator.<Pair>comparingInt(pair -> -counts.get(pair))
                      .thenComparingInt(Pair::left)
                      .thenComparingInt(Pair::right))
              .orElse(null);
      if (best == null || counts.get(best) < minimumCount) {
        break;
      }
      int joined = vocabulary.merge(best.left(), best.right());
      words.forEach(word -> merge(word, best, joined));
    }
    return vocabulary.build();
  }

  private static void merge(List<Integer> word, Pair pair, int joined) {
    for (int i = 0; i + 1 < word.size(); i++) {
      if (word.get(i) == pair.left() && word.get(i + 1) == pair.right()) {
        word.set(i, joined);
        word.subList(i + 1, i + 2).clear();
      }
    }
  }
}
