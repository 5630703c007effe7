package jingwei.model.text;

import java.util.HashSet;
import java.util.List;
import jingwei.model.UserException;

/**
 * The settings for training a tokenizer.
 *
 * @param vocabularySize tokens in all: control tokens, 256 bytes and merges; a small text may give
 *     fewer
 * @param maxTrainingBytes bytes of UTF-8 to train on, shared evenly by the domains
 * @param maxWords most distinct words while counting; beyond it the rarest are forgotten
 * @param minimumCount smallest count of a pair that is merged
 * @param languages languages that get a tag, for instance {@code zh} or {@code java}
 * @param reserved number of control tokens without a meaning yet, for later domains and languages
 */
public record BpeSettings(
    int vocabularySize,
    long maxTrainingBytes,
    int maxWords,
    int minimumCount,
    List<String> languages,
    int reserved) {

  /** Languages that get a tag by default. */
  public static final List<String> LANGUAGES = List.of("zh", "en", "java", "python");

  /**
   * Checks every value.
   *
   * @throws UserException if one is out of range; the sentence names it
   */
  public BpeSettings {
    languages = List.copyOf(languages);
    within("vocabularySize", vocabularySize, 257, 1 << 20);
    within("maxTrainingBytes", maxTrainingBytes, 1, 1L << 30);
    within("maxWords", maxWords, 1000, 1 << 24);
    within("minimumCount", minimumCount, 1, Integer.MAX_VALUE);
    within("reserved", reserved, 0, 1000);
    if (new HashSet<>(languages).size() != languages.size()) {
      throw new UserException(
          "The languages " + languages + " of the tokenizer repeat one; name each once.");
    }
    languages.forEach(name -> ControlTokens.requireName("language", name));
  }

  /**
   * The usual settings: 16 MiB of text, half a million words, the four languages, eight reserved
   * tokens.
   */
  public static BpeSettings ofVocabulary(int vocabularySize) {
    return new BpeSettings(vocabularySize, 16L << 20, 500_000, 2, LANGUAGES, 8);
  }

  private static void within(String name, long value, long low, long high) {
    if (value < low || value > high) {
      throw new UserException(
          "The tokenizer setting %s=%d must lie between %d and %d; choose a value in that range."
              .formatted(name, value, low, high));
    }
  }
}
