package jingwei.model.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import jingwei.model.UserException;

/**
 * Trains a byte-level BPE tokenizer (Sennrich et al. 2016, on bytes as in GPT-2). It starts with
 * the 256 bytes and joins the most frequent pair of neighbours inside words until the vocabulary is
 * full.
 *
 * <p>The same texts in the same order with the same settings give the same tokenizer, byte for
 * byte. Time and memory are bounded by the settings, not by the texts: the trainer reads a sample,
 * words are short, and a merge visits only the words that it changes.
 */
public final class BpeTrainer {
  private final BpeSettings settings;
  private final Vocabulary.Builder vocabulary;
  private final PairIndex pairs = new PairIndex();
  private final int[][] words;
  private final long[] counts;

  private BpeTrainer(
      BpeSettings settings, Vocabulary.Builder vocabulary, List<WordCounts.Word> words) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.words = new int[words.size()][];
    this.counts = new long[words.size()];
    for (int i = 0; i < this.words.length; i++) {
      this.words[i] = bytesOf(words.get(i).text());
      counts[i] = words.get(i).count();
    }
  }

  /**
   * Trains on the texts of each domain. Each domain has an equal share of the bytes; the other
   * domains use what a small domain leaves. A domain with more than its share gives pieces that are
   * spread evenly over its texts.
   *
   * @param textsByDomain texts by domain, read twice; the order of the domains is that of their
   *     control tokens
   * @throws UserException if no domain is given, a name is not valid, or the vocabulary has no room
   *     for the 256 bytes
   */
  public static Tokenizer train(
      SequencedMap<String, ? extends Iterable<String>> textsByDomain, BpeSettings settings) {
    if (textsByDomain.isEmpty()) {
      throw new UserException(
          "A tokenizer needs the texts of at least one domain; name one with --data DOMAIN=PATH.");
    }
    var control =
        ControlTokens.of(
            List.copyOf(textsByDomain.sequencedKeySet()),
            settings.languages(),
            settings.reserved());
    var vocabulary = new Vocabulary.Builder(control);
    if (vocabulary.size() > settings.vocabularySize()) {
      throw new UserException(
          "A vocabulary of %d tokens has no room for %d control tokens and the 256 bytes; choose vocabularySize=%d or more."
              .formatted(settings.vocabularySize(), control.tokens().size(), vocabulary.size()));
    }
    var counts = new WordCounts(settings.maxWords());
    TrainingSample.of(textsByDomain, settings.maxTrainingBytes()).forEach(counts::add);
    return new Tokenizer(new BpeTrainer(settings, vocabulary, counts.words()).run());
  }

  private Vocabulary run() {
    for (int word = 0; word < words.length; word++) {
      int[] tokens = words[word];
      for (int i = 0; i + 1 < tokens.length; i++) {
        pairs.add(tokens[i], tokens[i + 1], word, counts[word]);
      }
    }
    while (vocabulary.size() < settings.vocabularySize()) {
      Optional<PairIndex.Candidate> best = pairs.best(settings.minimumCount());
      if (best.isEmpty()) {
        break;
      }
      merge(best.get().left(), best.get().right());
    }
    return vocabulary.build();
  }

  private void merge(int left, int right) {
    int joined = vocabulary.merge(left, right);
    for (int word : pairs.takeWords(left, right)) {
      mergeInWord(word, left, right, joined);
    }
    // No occurrence of the pair is left now. In "aaa" an occurrence may have been counted that the
    // merge itself took apart.
    pairs.takeWords(left, right);
  }

  private void mergeInWord(int word, int left, int right, int joined) {
    int[] tokens = words[word];
    long count = counts[word];
    int size = 0;
    int at = 0;
    while (at < tokens.length) {
      if (at + 1 == tokens.length || tokens[at] != left || tokens[at + 1] != right) {
        tokens[size++] = tokens[at++];
        continue;
      }
      if (size > 0) {
        pairs.subtract(tokens[size - 1], left, count);
        pairs.add(tokens[size - 1], joined, word, count);
      }
      if (at + 2 < tokens.length) {
        pairs.subtract(right, tokens[at + 2], count);
        pairs.add(joined, tokens[at + 2], word, count);
      }
      tokens[size++] = joined;
      at += 2;
    }
    if (size < tokens.length) {
      words[word] = Arrays.copyOf(tokens, size);
    }
  }

  private int[] bytesOf(String word) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i] = vocabulary.byteId(bytes[i] & 0xFF);
    }
    return tokens;
  }
}
