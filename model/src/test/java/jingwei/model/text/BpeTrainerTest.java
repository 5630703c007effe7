package jingwei.model.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {

  @Test
  void mergesAsNaiveCountingDoes() {
    var random = new SplittableRandom(7);
    for (int round = 0; round < 20; round++) {
      var text = new StringBuilder("aaaa aaaaa bbbb ababab ");
      for (int i = 0; i < 600; i++) {
        text.append("aabc \u4E2D\u6587\n".charAt(random.nextInt(8)));
      }
      Tokenizer tokenizer = BpeTrainer.train(domain("en", text.toString()), settings(330));
      ControlTokens control = ControlTokens.of(List.of("en"), BpeSettings.LANGUAGES, 8);
      Vocabulary naive = NaiveBpe.train(text.toString(), control, 330, 2);
      assertEquals(new Tokenizer(naive).toJson(), tokenizer.toJson());
    }
  }

  @Test
  void givesTheSameFileForTheSameTexts() {
    String text = RandomText.of(new SplittableRandom(3), 20_000);
    assertEquals(
        BpeTrainer.train(domain("en", text), settings(600)).toJson(),
        BpeTrainer.train(domain("en", text), settings(600)).toJson());
  }

  @Test
  void givesTheSameFileEvenIfRareWordsWereForgotten() {
    String text = RandomText.of(new SplittableRandom(4), 60_000);
    var settings = new BpeSettings(600, 1 << 20, 1000, 2, List.of(), 0);
    Tokenizer tokenizer = BpeTrainer.train(domain("en", text), settings);
    assertEquals(tokenizer.toJson(), BpeTrainer.train(domain("en", text), settings).toJson());
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void givesControlTokensTheFirstIds() {
    Tokenizer tokenizer =
        BpeTrainer.train(domains(List.of("zh", "law"), "text text"), settings(400));
    assertEquals(0, tokenizer.padding());
    assertEquals(1, tokenizer.endOfText());
    assertEquals(2, tokenizer.domainToken("zh"));
    assertEquals(3, tokenizer.domainToken("law"));
    assertEquals(4, tokenizer.languageToken("zh").orElseThrow());
    assertEquals(List.of("zh", "law"), tokenizer.domains());
    assertTrue(tokenizer.isControl(15) && !tokenizer.isControl(16));
  }

  @Test
  void stopsWhenNoPairIsFrequentEnough() {
    Tokenizer tokenizer = BpeTrainer.train(domain("en", "ab ab"), settings(4096));
    assertEquals(15 + 256 + 1, tokenizer.vocabularySize());
  }

  @Test
  void trainsOnALineOfTwentyMegabytesWithoutASpace() {
    var random = new SplittableRandom(5);
    byte[] line = new byte[20 << 20];
    for (int i = 0; i < line.length; i++) {
      line[i] = (byte) ('a' + random.nextInt(26));
    }
    String text = new String(line, StandardCharsets.US_ASCII);
    Tokenizer tokenizer = BpeTrainer.train(domain("en", text), settings(600));
    assertEquals(600, tokenizer.vocabularySize());
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void trainsOnTwoMegabytesOfChineseWithoutASpace() {
    var random = new SplittableRandom(6);
    var chinese = new StringBuilder();
    for (int i = 0; i < 2_000_000 / 3; i++) {
      int skewed = random.nextInt(1 + random.nextInt(3000));
      chinese.append((char) (0x4E00 + skewed));
    }
    Tokenizer tokenizer = BpeTrainer.train(domain("zh", chinese.toString()), settings(2000));
    assertEquals(2000, tokenizer.vocabularySize());
    String text = chinese.substring(0, 100_000);
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void trainsOnOneRepeatedCharacter() {
    String text = "x".repeat(5 << 20);
    Tokenizer tokenizer = BpeTrainer.train(domain("en", text), settings(4096));
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void sharesTheBytesEvenlyAndPassesOnWhatASmallDomainLeaves() {
    assertArrayEquals(
        new long[] {45, 10, 45}, TrainingSample.shares(new long[] {1000, 10, 90}, 100));
    assertArrayEquals(new long[] {5, 10}, TrainingSample.shares(new long[] {5, 10}, 100));
  }

  @Test
  void takesPiecesFromAllOverALargeText() {
    String text = "a".repeat(400_000) + "b".repeat(400_000);
    int[] taken = new int[2];
    TrainingSample.of(domain("en", text), 80_000)
        .forEach(piece -> taken[piece.charAt(0) - 'a'] += piece.length());
    assertEquals(taken[0], taken[1], 4096);
    assertEquals(80_000, taken[0] + taken[1], 4096);
  }

  @Test
  void refusesInvalidSettingsAndNames() {
    assertThrows(
        UserException.class,
        () -> BpeTrainer.train(new LinkedHashMap<String, List<String>>(), settings(400)));
    assertTrue(
        assertThrows(UserException.class, () -> BpeTrainer.train(domain("en", "a"), settings(260)))
            .getMessage()
            .contains("vocabularySize=271 or more"));
    assertThrows(UserException.class, () -> BpeTrainer.train(domain("e n", "a"), settings(400)));
    assertThrows(UserException.class, () -> settings(100));
  }

  private static BpeSettings settings(int vocabularySize) {
    return BpeSettings.ofVocabulary(vocabularySize);
  }

  private static SequencedMap<String, List<String>> domain(String domain, String text) {
    return domains(List.of(domain), text);
  }

  private static SequencedMap<String, List<String>> domains(List<String> names, String text) {
    SequencedMap<String, List<String>> texts = new LinkedHashMap<>();
    names.forEach(name -> texts.put(name, List.of(text)));
    return texts;
  }
}
