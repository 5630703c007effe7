package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SplitTest {
  private static final List<String> DOMAINS = List.of("zh", "en", "pairs");

  /** The split of plain documents must stay as in the runs of earlier versions. */
  @Test
  void splitsPlainDocumentsAsEarlierVersionsDid() {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      documents.add(plain(i % 10 == 0 ? "small" : "large", "row number " + i));
    }
    documents.add(plain("one", "row number 7"));
    documents.add(plain("two", "row number 7"));
    documents.add(plain("two", "row number 8"));
    assertEquals(
        Map.of(
            "small", numbers(20), "large", numbers(8, 68, 91), "one", numbers(), "two", numbers(8)),
        heldOut(corpus(documents, 0.05)));
    assertEquals(
        numbers(1, 8, 9, 24, 29, 34, 43, 45, 48, 65, 68, 72, 82, 83, 89, 91, 92, 97, 98),
        heldOut(corpus(documents, 0.2)).get("large"));
  }

  /** Small pools of texts make groups of all sizes, across domains and roles. */
  @Test
  void putsNoTextOnTwoSidesInAnyOrder() {
    Random random = new Random(7);
    for (int trial = 0; trial < 400; trial++) {
      int pool = 2 + random.nextInt(120);
      double share = 0.02 + 0.48 * random.nextDouble();
      List<Document> documents = new ArrayList<>();
      for (int i = random.nextInt(100); i >= 0; i--) {
        documents.add(random(random, pool));
      }
      Corpus corpus = corpus(documents, share);
      Set<String> train = texts(corpus, false);
      Set<String> held = texts(corpus, true);
      assertTrue(Collections.disjoint(train, held), "trial " + trial);
      Map<String, Set<String>> groups = groups(corpus);
      corpus
          .domains()
          .forEach(
              (domain, both) -> {
                assertFalse(both.train().isEmpty(), domain);
                if (both.heldOut().isEmpty()) {
                  assertTrue(isOneGroupOrDominated(corpus, domain, groups), domain);
                }
              });
      Collections.shuffle(documents, random);
      assertEquals(heldOut(corpus), heldOut(corpus(documents, share)), "trial " + trial);
    }
  }

  @Test
  void holdsOutAboutTheRequestedShare() {
    Random random = new Random(9);
    for (double share : new double[] {0.02, 0.05, 0.2}) {
      long held = 0;
      long all = 0;
      for (int trial = 0; trial < 20; trial++) {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
          documents.add(random(random, 6000));
        }
        for (DomainTexts texts : corpus(documents, share).domains().values()) {
          held += texts.heldOut().size();
          all += texts.heldOut().size() + texts.train().size();
        }
      }
      double actual = held / (double) all;
      assertTrue(Math.abs(actual - share) < 0.15 * share + 0.002, share + ": " + actual);
    }
  }

  /** "thank you" connects a thousand pairs; a chain connects as many without a common text. */
  @Test
  void trainsOnGroupsTooLargeToHoldOut() {
    for (int seed = 0; seed < 40; seed++) {
      List<Document> documents = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        documents.add(pair(seed + " thanks " + i, seed + " thank you"));
        documents.add(pair(seed + " link " + i, seed + " link " + (i + 1)));
        documents.add(plain("en", seed + " sentence " + i));
        documents.add(pair(seed + " alone " + i, seed + " by itself " + i));
      }
      documents.add(plain("en", seed + " thank you"));
      Corpus corpus = corpus(documents, 0.05);
      for (String domain : List.of("pairs", "en")) {
        int held = corpus.domains().get(domain).heldOut().size();
        assertTrue(held > 20 && held < 90, "held out " + held);
      }
      assertTrue(
          corpus.domains().get("pairs").heldOut().stream()
              .allMatch(document -> document.texts().getFirst().contains("alone")));
    }
  }

  @Test
  void findsSomethingToHoldOutInSmallDomains() {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      documents.add(pair("zh " + i / 2, "en " + i));
      documents.add(plain("en", "en " + i));
    }
    Corpus corpus = corpus(documents, 0.05);
    assertEquals(2, corpus.domains().get("pairs").heldOut().size());
    assertEquals(2, corpus.domains().get("en").heldOut().size());
  }

  /**
   * One chain of pairs, each of which shares a text with the next, joined without deep recursion.
   */
  @Test
  @Timeout(60)
  void joinsALongChain() {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      documents.add(pair("z" + i / 2, "e" + (i + 1) / 2));
    }
    DomainTexts split = corpus(documents, 0.05).domains().firstEntry().getValue();
    assertEquals(200_000, split.train().size(), "a group that is all there is stays in training");
    assertEquals(0, split.heldOut().size());
  }

  private static Document random(Random random, int pool) {
    String domain = DOMAINS.get(random.nextInt(DOMAINS.size()));
    String text = "text " + random.nextInt(pool);
    return random.nextBoolean()
        ? plain(domain, text + (random.nextBoolean() ? "" : " "))
        : new Document.Pair(
            "id",
            domain,
            new Document.Side("zh", text),
            new Document.Side("en", "text " + random.nextInt(pool)));
  }

  private static Document plain(String domain, String text) {
    return new Document.Plain("id", domain, "", text);
  }

  private static Document pair(String zh, String en) {
    return new Document.Pair(
        "id", "pairs", new Document.Side("zh", zh), new Document.Side("en", en));
  }

  private static Corpus corpus(List<Document> documents, double share) {
    CorpusBuilder builder = new CorpusBuilder(new HeldOut(share));
    builder.inOrder(DOMAINS);
    documents.forEach(document -> builder.add(CleanDocument.of(document)));
    return builder.build(Rejections.NONE, List.of());
  }

  private static Map<String, Set<String>> heldOut(Corpus corpus) {
    Map<String, Set<String>> held = new TreeMap<>();
    corpus
        .domains()
        .forEach(
            (domain, texts) -> {
              Set<String> own = new TreeSet<>();
              texts.heldOut().forEach(document -> own.add(String.join("|", document.texts())));
              held.put(domain, own);
            });
    return held;
  }

  private static Set<String> texts(Corpus corpus, boolean heldOut) {
    Set<String> texts = new HashSet<>();
    for (DomainTexts both : corpus.domains().values()) {
      (heldOut ? both.heldOut() : both.train()).forEach(document -> texts.addAll(document.texts()));
    }
    return texts;
  }

  /** For each text, all texts that it is connected to, found by repeated merging. */
  private static Map<String, Set<String>> groups(Corpus corpus) {
    Map<String, Set<String>> groups = new HashMap<>();
    for (DomainTexts both : corpus.domains().values()) {
      for (List<Document> side : List.of(both.train(), both.heldOut())) {
        for (Document document : side) {
          Set<String> joined = new HashSet<>(document.texts());
          document.texts().forEach(text -> joined.addAll(groups.getOrDefault(text, Set.of())));
          joined.forEach(text -> groups.put(text, joined));
        }
      }
    }
    return groups;
  }

  /** Whether holding out any group of a domain would take more than half of some domain. */
  private static boolean isOneGroupOrDominated(
      Corpus corpus, String domain, Map<String, Set<String>> groups) {
    Set<Set<String>> own = new HashSet<>();
    corpus.domains().get(domain).train().forEach(d -> own.add(groups.get(d.texts().getFirst())));
    return own.size() < 2
        || own.stream()
            .allMatch(
                group ->
                    corpus.domains().values().stream()
                        .anyMatch(
                            other ->
                                2
                                        * other.train().stream()
                                            .filter(d -> group.contains(d.texts().getFirst()))
                                            .count()
                                    >= other.train().size()));
  }

  private static Set<String> numbers(int... numbers) {
    Set<String> rows = new TreeSet<>();
    for (int number : numbers) {
      rows.add("row number " + number);
    }
    return rows;
  }
}
