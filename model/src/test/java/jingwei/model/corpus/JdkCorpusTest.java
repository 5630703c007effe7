package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JdkCorpusTest {
  private static final JdkSettings SMALL = new JdkSettings(HeldOut.DEFAULT, 300_000, 300_000, 1536);
  private Corpus corpus;

  @BeforeAll
  void load() {
    corpus = JdkCorpus.load(SMALL);
  }

  @Test
  void hasFourDomainsWithTextOnBothSides() {
    assertEquals(List.of("zh", "en", "bilingual", "code"), List.copyOf(corpus.domains().keySet()));
    corpus
        .domains()
        .forEach(
            (domain, texts) -> {
              assertFalse(texts.train().isEmpty(), domain);
              assertFalse(texts.heldOut().isEmpty(), domain);
            });
    assertTrue(corpus.domains().get("zh").trainBytes() > 200_000);
  }

  @Test
  void isTheSameEveryTime() {
    assertEquals(corpus, JdkCorpus.load(SMALL));
  }

  @Test
  void holdsChineseInTheChineseAndInOneSideOfTheBilingualDomain() {
    assertTrue(texts("zh").allMatch(JdkCorpusTest::hasHan));
    documents("bilingual")
        .forEach(
            document -> {
              Document.Pair pair = (Document.Pair) document;
              assertEquals("zh", pair.first().language());
              assertTrue(hasHan(pair.first().text()), pair.first().text());
              assertFalse(pair.first().text().equals(pair.second().text()));
            });
  }

  @Test
  void holdsCodeWithoutItsDocumentationAndProseWithoutTags() {
    assertTrue(texts("code").noneMatch(text -> text.contains("/**")));
    assertTrue(texts("code").anyMatch(text -> text.contains("public final class")));
    assertTrue(texts("en").noneMatch(text -> text.contains("<p>") || text.contains("{@code")));
  }

  @Test
  void putsNoTextOnBothSides() {
    for (String domain : corpus.domains().keySet()) {
      Set<String> train = new HashSet<>();
      corpus.domains().get(domain).train().forEach(document -> train.addAll(document.texts()));
      corpus
          .domains()
          .get(domain)
          .heldOut()
          .forEach(document -> assertTrue(document.texts().stream().noneMatch(train::contains)));
    }
  }

  @Test
  void keepsAMessageAndItsTranslationOnOneSide() {
    Set<String> train = new HashSet<>();
    corpus.domains().get("bilingual").train().forEach(pair -> train.addAll(pair.texts()));
    List<String> heldOutChinese =
        corpus.domains().get("zh").heldOut().stream().flatMap(d -> d.texts().stream()).toList();
    for (Document pair : corpus.domains().get("bilingual").heldOut()) {
      assertTrue(pair.texts().stream().noneMatch(train::contains), pair.id());
      String chinese = pair.texts().getFirst();
      assertTrue(heldOutChinese.stream().anyMatch(text -> text.contains(chinese)), pair.id());
    }
  }

  @Test
  void saysWhatAJdkWithoutSourcesLacks() {
    Corpus poor = JdkCorpus.load(Path.of("no", "such", "src.zip"), SMALL);
    assertFalse(poor.domains().containsKey("code"));
    assertTrue(poor.domains().containsKey("zh"));
    assertTrue(poor.domains().containsKey("en"));
    assertTrue(poor.notices().getFirst().contains("no sources"), poor.notices().toString());
  }

  private Stream<Document> documents(String domain) {
    DomainTexts texts = corpus.domains().get(domain);
    return Stream.concat(texts.train().stream(), texts.heldOut().stream());
  }

  private Stream<String> texts(String domain) {
    return documents(domain).flatMap(document -> document.texts().stream());
  }

  private static boolean hasHan(String text) {
    return text.codePoints()
        .anyMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN);
  }
}
