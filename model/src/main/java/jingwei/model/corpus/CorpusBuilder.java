package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Gathers documents into a corpus: cleans them, drops the empty and the repeated, and splits them
 * by their keys. Remembers 128 bits of each document to find repeats.
 */
final class CorpusBuilder {
  private final HeldOut heldOut;
  private final SequencedMap<String, List<Keyed>> domains = new LinkedHashMap<>();
  private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
  private final Set<Fingerprint> seen = new HashSet<>();

  private record Keyed(String key, Document document) {}

  CorpusBuilder(HeldOut heldOut) {
    this.heldOut = heldOut;
  }

  /** Fixes the order of domains; others follow in the order of their first documents. */
  void inOrder(List<String> names) {
    names.forEach(name -> domains.computeIfAbsent(name, _ -> new ArrayList<>()));
  }

  /**
   * Adds a document that is split by its content: by its text or, for a pair, by the first of its
   * texts.
   */
  void add(Document document) {
    Document clean = clean(document);
    add(Fingerprint.of(clean.texts().subList(0, 1)).toString(), clean);
  }

  /** Adds a document that stands on the side of a key. */
  void add(String key, Document document) {
    Document clean = clean(document);
    List<Keyed> documents = domains.computeIfAbsent(clean.domain(), _ -> new ArrayList<>());
    List<String> identity = new ArrayList<>(List.of(clean.domain()));
    identity.addAll(clean.texts());
    if (clean.texts().stream().anyMatch(String::isEmpty)) {
      drop(DropReason.EMPTY);
    } else if (!seen.add(Fingerprint.of(identity))) {
      drop(DropReason.DUPLICATE);
    } else {
      documents.add(new Keyed(key, clean));
    }
  }

  /** Names of the domains that have a document. */
  Set<String> domains() {
    Set<String> names = new HashSet<>();
    domains.forEach(
        (name, documents) -> {
          if (!documents.isEmpty()) {
            names.add(name);
          }
        });
    return names;
  }

  void drop(DropReason reason) {
    dropped.merge(reason, 1L, Long::sum);
  }

  Corpus build(Rejections rejected, List<String> notices) {
    Set<String> chosen =
        heldOut.choose(
            domains.values().stream()
                .map(documents -> documents.stream().map(Keyed::key).toList())
                .toList());
    SequencedMap<String, DomainTexts> split = new LinkedHashMap<>();
    domains.forEach(
        (domain, documents) -> {
          if (!documents.isEmpty()) {
            split.put(domain, split(documents, chosen));
          }
        });
    return new Corpus(split, dropped, rejected, notices);
  }

  private static DomainTexts split(List<Keyed> documents, Set<String> chosen) {
    List<Document> train = new ArrayList<>();
    List<Document> held = new ArrayList<>();
    documents.forEach(each -> (chosen.contains(each.key()) ? held : train).add(each.document()));
    return new DomainTexts(train, held);
  }

  private static Document clean(Document document) {
    return switch (document) {
      case Document.Plain plain ->
          new Document.Plain(
              plain.id(), plain.domain(), plain.language(), Text.clean(plain.text()));
      case Document.Pair pair ->
          new Document.Pair(pair.id(), pair.domain(), clean(pair.first()), clean(pair.second()));
    };
  }

  private static Document.Side clean(Document.Side side) {
    return new Document.Side(side.language(), Text.clean(side.text()));
  }
}
