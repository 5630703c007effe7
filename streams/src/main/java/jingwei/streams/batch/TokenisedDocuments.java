package jingwei.streams.batch;

import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jingwei.model.corpus.Document;
import jingwei.model.data.EncodedDocument;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.TokenSequence;

/**
 * The documents of a domain as token sequences, each tokenised when it is first asked for and kept
 * from then on: a pair is two of them, one for each direction. Thread-safe; two threads at once may
 * do the same work.
 */
public final class TokenisedDocuments extends AbstractList<EncodedDocument> {
  private final DocumentEncoder encoder;
  private final List<Document> documents;
  private final int domain;
  private final int[] documentOf;
  private final AtomicReferenceArray<EncodedDocument> tokenised;

  /**
   * @param domain index that the tokens carry
   * @throws jingwei.model.UserException if the tokenizer has no tag that a document needs
   */
  public TokenisedDocuments(DocumentEncoder encoder, List<Document> documents, int domain) {
    this.encoder = encoder;
    this.documents = List.copyOf(documents);
    this.domain = domain;
    this.documentOf = new int[documents.stream().mapToInt(d -> d.texts().size()).sum()];
    int at = 0;
    for (int document = 0; document < documents.size(); document++) {
      encoder.requireTags(documents.get(document));
      for (int side = 0; side < documents.get(document).texts().size(); side++) {
        documentOf[at++] = document;
      }
    }
    this.tokenised = new AtomicReferenceArray<>(documentOf.length);
  }

  @Override
  public EncodedDocument get(int index) {
    EncodedDocument there = tokenised.get(index);
    if (there != null) {
      return there;
    }
    int document = documentOf[index];
    int first = index;
    while (first > 0 && documentOf[first - 1] == document) {
      first--;
    }
    List<TokenSequence> sequences = encoder.encode(documents.get(document));
    for (int side = 0; side < sequences.size(); side++) {
      TokenSequence sequence = sequences.get(side);
      tokenised.set(
          first + side, new EncodedDocument(sequence.documentId(), domain, sequence.tokens()));
    }
    return tokenised.get(index);
  }

  @Override
  public int size() {
    return documentOf.length;
  }
}
