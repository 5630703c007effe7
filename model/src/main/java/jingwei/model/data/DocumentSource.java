package jingwei.model.data;

import java.util.List;

/**
 * The documents of one domain, by index. Reading can be slow, since a document may be tokenised on
 * demand. Several threads may read at once.
 */
public interface DocumentSource {
  /** A source without documents. */
  DocumentSource NONE = of(List.of());

  /** Number of documents; a cheap call. */
  int size();

  /**
   * Reads a document.
   *
   * @param index from 0 to {@link #size()} - 1
   */
  EncodedDocument read(int index);

  default boolean isEmpty() {
    return size() == 0;
  }

  /** A source of documents that are already tokenised. */
  static DocumentSource of(List<EncodedDocument> documents) {
    return new DocumentSource() {
      @Override
      public int size() {
        return documents.size();
      }

      @Override
      public EncodedDocument read(int index) {
        return documents.get(index);
      }
    };
  }
}
