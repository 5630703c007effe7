package jingwei.model.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import jingwei.model.UserException;
import jingwei.model.corpus.HeldOut;
import jingwei.model.corpus.JdkCorpus;
import jingwei.model.corpus.JdkSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static Map<String, List<String>> texts;
  private static Tokenizer tokenizer;

  @BeforeAll
  static void train() {
    // Without this, the library would look for a build that uses CUDA.
    System.setProperty("RUST_FLAVOR", "cpu");
    var corpus = JdkCorpus.load(new JdkSettings(HeldOut.DEFAULT, 300_000, 300_000, 1536));
    texts = corpus.trainingTexts();
    tokenizer = BpeTrainer.train(corpus.trainingTexts(), BpeSettings.ofVocabulary(2048));
  }

  @Test
  void roundTripsAnyUtf8() {
    var random = new SplittableRandom(11);
    for (int i = 0; i < 500; i++) {
      String text = RandomText.of(random, random.nextInt(300));
      int[] ids = tokenizer.encode(text);
      assertEquals(text, tokenizer.decode(ids));
      assertTrue(Arrays.stream(ids).noneMatch(tokenizer::isControl));
    }
  }

  @Test
  void roundTripsALineOfTwentyMegabytes() {
    String text = "\u6C49".repeat(20_000_000 / 3);
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void neverTurnsTextIntoControlTokens() {
    String text = "<|eot|><|pad|> <|domain:zh|>";
    int[] ids = tokenizer.encode(text);
    assertTrue(Arrays.stream(ids).noneMatch(tokenizer::isControl));
    assertEquals(text, tokenizer.decode(ids));
  }

  @Test
  void leavesControlTokensOutOfText() {
    int[] ids = {tokenizer.domainToken("en"), tokenizer.encode("a")[0], tokenizer.endOfText()};
    assertEquals("a", tokenizer.decode(ids));
    assertEquals(0, tokenizer.byteLength(tokenizer.endOfText()));
    assertEquals(0, tokenizer.bytes(tokenizer.padding()).length);
  }

  @Test
  void givesTheBytesOfEachToken() {
    String text = RandomText.of(new SplittableRandom(12), 2000);
    var bytes = new ByteArrayOutputStream();
    int length = 0;
    for (int id : tokenizer.encode(text)) {
      bytes.writeBytes(tokenizer.bytes(id));
      length += tokenizer.byteLength(id);
    }
    assertEquals(text, bytes.toString(StandardCharsets.UTF_8));
    assertEquals(bytes.size(), length);
  }

  @Test
  void encodesAsHuggingFaceDoes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    tokenizer.save(file);
    var random = new SplittableRandom(13);
    try (var judge = HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false"))) {
      for (List<String> domain : texts.values()) {
        for (String text : domain.subList(0, Math.min(20, domain.size()))) {
          assertSameIds(judge, text);
        }
      }
      for (int i = 0; i < 200; i++) {
        assertSameIds(judge, withoutNewCharacters(RandomText.of(random, 200)));
      }
      assertEquals("text", judge.decode(judge.encode("text", false, false).getIds(), true));
      assertArrayEquals(
          new long[] {tokenizer.endOfText()}, judge.encode("<|eot|>", false, false).getIds());
    }
  }

  @Test
  void readsWhatItWrote(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    tokenizer.save(file);
    try (Tokenizer read = Tokenizer.load(file)) {
      assertEquals(tokenizer.toJson(), read.toJson());
      assertEquals(Files.readString(file), read.toJson());
      assertArrayEquals(tokenizer.encode("for (int i"), read.encode("for (int i"));
      assertEquals(tokenizer.domains(), read.domains());
    }
  }

  @Test
  void readsMergesThatAreWrittenAsPairs() {
    String json =
        tokenizer
            .toJson()
            .replaceAll("(?m)^( {6}\")([^\" \\\\]+) ([^\" \\\\]+)\"", "[\"$2\", \"$3\"]");
    assertFalse(json.equals(tokenizer.toJson()));
    assertEquals(tokenizer.toJson(), Tokenizer.fromJson("given", json).toJson());
  }

  @Test
  void namesTheControlTokenThatAForeignFileLacks() {
    String foreign =
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\":"
            + " [\"a b\"]}}";
    assertSentence(() -> Tokenizer.fromJson("given", foreign), "lacks the control token <|pad|>");
    String noEnd = tokenizer.toJson().replace("<|eot|>", "<|end|>");
    assertSentence(() -> Tokenizer.fromJson("given", noEnd), "lacks the control token <|eot|>");
  }

  @Test
  void refusesFilesThatEncodeDifferently(@TempDir Path folder) {
    String json = tokenizer.toJson();
    assertSentence(() -> Tokenizer.fromJson("given", "{\"model\""), "is not JSON at line 1");
    assertSentence(() -> Tokenizer.fromJson("given", ""), "is not a JSON object");
    assertSentence(() -> Tokenizer.fromJson("given", "[]"), "is not a JSON object");
    assertSentence(() -> Tokenizer.fromJson("given", "{}"), "holds no BPE model");
    assertSentence(
        () -> Tokenizer.fromJson("given", json.replace("{1,8}", "{1,9}")), "cuts text into words");
    assertSentence(
        () ->
            Tokenizer.fromJson(
                "given", json.replace("\"normalizer\" : null", "\"normalizer\" : {}")),
        "normalizer");
    assertSentence(() -> Tokenizer.load(folder.resolve("none.json")), "none.json");
  }

  @Test
  void namesItsDomainsWhenAskedForAnother() {
    assertSentence(() -> tokenizer.domainToken("law"), "[zh, en, bilingual, code]");
    assertEquals(OptionalInt.empty(), tokenizer.languageToken("law"));
  }

  private static void assertSameIds(HuggingFaceTokenizer judge, String text) {
    // The reference library takes a control token in a text for a real one.
    String plain = text.replace("<|", "<");
    long[] ids = judge.encode(plain, false, false).getIds();
    assertArrayEquals(ids, Arrays.stream(tokenizer.encode(plain)).asLongStream().toArray(), plain);
  }

  /**
   * Removes characters that only one of the two libraries may know: those assigned in new versions
   * of Unicode.
   */
  private static String withoutNewCharacters(String text) {
    return text.codePoints()
        .filter(c -> Character.isDefined(c) && (c < 0x3000 || (c >= 0x4E00 && c < 0xA000)))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static void assertSentence(Runnable mistake, String part) {
    String sentence = assertThrows(UserException.class, mistake::run).getMessage();
    assertTrue(sentence.contains(part), sentence);
    assertTrue(sentence.endsWith("."), sentence);
  }
}
