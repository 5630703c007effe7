package jingwei.model.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import jingwei.model.UserException;
import jingwei.model.corpus.Document;
import org.junit.jupiter.api.Test;

class DocumentEncoderTest {
  private static final Tokenizer TOKENIZER = tokenizer();
  private static final DocumentEncoder ENCODER = new DocumentEncoder(TOKENIZER);

  @Test
  void writesATextBetweenItsDomainAndItsEnd() {
    var sequences = ENCODER.encode(new Document.Plain("f#1", "en", "en", "ab"));
    assertEquals(List.of("<|domain:en|>ab<|eot|>"), written(sequences));
    assertEquals("f#1", sequences.getFirst().documentId());
    assertEquals("en", sequences.getFirst().domain());
  }

  @Test
  void tagsCodeWithItsLanguageIfItIsKnown() {
    assertEquals(
        List.of("<|domain:code|><|lang:java|>ab<|eot|>"),
        written(ENCODER.encode(new Document.Plain("f#1", "code", "java", "ab"))));
    assertEquals(
        List.of("<|domain:code|>ab<|eot|>"),
        written(ENCODER.encode(new Document.Plain("f#1", "code", "", "ab"))));
  }

  @Test
  void writesAPairInBothDirections() {
    var pair =
        new Document.Pair(
            "f#1", "bilingual", new Document.Side("zh", "z"), new Document.Side("en", "e"));
    assertEquals(
        List.of(
            "<|domain:bilingual|><|lang:zh|>z<|lang:en|>e<|eot|>",
            "<|domain:bilingual|><|lang:en|>e<|lang:zh|>z<|eot|>"),
        written(ENCODER.encode(pair)));
  }

  @Test
  void refusesADomainOrALanguageWithoutAToken() {
    assertThrows(
        UserException.class, () -> ENCODER.encode(new Document.Plain("f#1", "law", "", "a")));
    var pair =
        new Document.Pair(
            "f#1", "bilingual", new Document.Side("zh", "z"), new Document.Side("fr", "e"));
    assertThrows(UserException.class, () -> ENCODER.encode(pair));
  }

  private static List<String> written(List<TokenSequence> sequences) {
    return sequences.stream().map(DocumentEncoderTest::written).toList();
  }

  private static String written(TokenSequence sequence) {
    var out = new StringBuilder();
    ControlTokens control = ControlTokens.of(TOKENIZER.domains(), BpeSettings.LANGUAGES, 8);
    for (int id : sequence.tokens()) {
      out.append(
          TOKENIZER.isControl(id) ? control.tokens().get(id) : TOKENIZER.decode(new int[] {id}));
    }
    return out.toString();
  }

  private static Tokenizer tokenizer() {
    SequencedMap<String, List<String>> texts = new LinkedHashMap<>();
    List.of("zh", "en", "bilingual", "code").forEach(domain -> texts.put(domain, List.of("ab")));
    return BpeTrainer.train(texts, BpeSettings.ofVocabulary(300));
  }
}
