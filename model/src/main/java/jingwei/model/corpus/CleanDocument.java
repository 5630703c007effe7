package jingwei.model.corpus;

import java.util.List;

/**
 * A cleaned document and its fingerprints.
 *
 * @param document cleaned
 * @param texts one fingerprint for each of its texts
 * @param whole fingerprint of all its texts; two documents of a domain with the same one are
 *     duplicates
 */
record CleanDocument(Document document, List<Fingerprint> texts, Fingerprint whole) {

  static CleanDocument of(Document document) {
    Document clean = clean(document);
    List<Fingerprint> texts =
        clean.texts().stream().map(text -> Fingerprint.of(List.of(text))).toList();
    Fingerprint whole = texts.size() == 1 ? texts.getFirst() : Fingerprint.of(clean.texts());
    return new CleanDocument(clean, texts, whole);
  }

  boolean isEmpty() {
    return document.texts().stream().anyMatch(String::isEmpty);
  }

  /** A document with {@link Text#clean clean} texts. */
  static Document clean(Document document) {
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
