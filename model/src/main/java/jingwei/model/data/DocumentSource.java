package jingwei.model.data;

import java.util.List;

/**
 * The documents of one domain, by index. Reading one may cost: it may be tokenised when it is asked
 * for. A source may be read by several threads.
 */
public interface DocumentSource {
  /** A source without documents. */
  DocumentSource NONE = of(List.of());

  /** Number of documents; costs nothing. */
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

  /** Documents that are tokenised already. */
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
