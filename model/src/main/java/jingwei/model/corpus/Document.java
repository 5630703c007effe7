package jingwei.model.corpus;

import java.util.List;

/** A text of one domain. The domain is a property of the document, never guessed from its text. */
public sealed interface Document {

  /** Where it comes from, unique in a corpus: {@code file#line} or {@code jdk:bundle#key}. */
  String id();

  String domain();

  /** Its texts, one or, for a pair, two. */
  List<String> texts();

  /** The length of its texts in UTF-8. */
  default long bytes() {
    return texts().stream().mapToLong(Text::utf8Length).sum();
  }

  /**
   * A text by itself.
   *
   * @param language a language tag such as {@code java}; empty if unknown
   */
  record Plain(String id, String domain, String language, String text) implements Document {
    @Override
    public List<String> texts() {
      return List.of(text);
    }
  }

  /**
   * A text and its translation.
   *
   * @param first one side, in practice Chinese
   * @param second the other side
   */
  record Pair(String id, String domain, Side first, Side second) implements Document {
    @Override
    public List<String> texts() {
      return List.of(first.text, second.text);
    }
  }

  /** One side of a pair. */
  record Side(String language, String text) {}
}
