package jingwei.streams.batch;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jingwei.model.corpus.Document;
import jingwei.model.data.EncodedDocument;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.TokenSequence;

/**
 * The documents of a domain as token sequences, each tokenised when it is first asked for and kept
 * from then on. A pair is two of them, one for each direction. A long document is several parts,
 * which an epoch reads at different times: else hundreds of steps would see nothing but one book.
 * The parts cut inputs, not targets, so every token is still predicted from the one before it.
 * Thread-safe; two threads at once may do the same work.
 */
public final class TokenisedDocuments extends AbstractList<EncodedDocument> {
  /** For documents that are read whole. */
  public static final long WHOLE = Long.MAX_VALUE;

  private final DocumentEncoder encoder;
  private final List<Document> documents;
  private final int domain;
  private final List<Part> parts = new ArrayList<>();
  private final AtomicReferenceArray<EncodedDocument> tokenised;

  /**
   * @param document index of the document
   * @param side of a pair; else 0
   * @param part of so many {@code parts}
   */
  private record Part(int document, int side, int part, int parts) {}

  /**
   * @param domain index that the tokens carry
   * @param partBytes length of the parts that a longer document is read in, about
   * @throws jingwei.model.UserException if the tokenizer has no tag that a document needs
   */
  public TokenisedDocuments(
      DocumentEncoder encoder, List<Document> documents, int domain, long partBytes) {
    this.encoder = encoder;
    this.documents = List.copyOf(documents);
    this.domain = domain;
    for (int document = 0; document < documents.size(); document++) {
      encoder.requireTags(documents.get(document));
      int sides = documents.get(document).texts().size();
      int count = (int) Math.max(1, documents.get(document).bytes() / partBytes);
      for (int side = 0; side < sides; side++) {
        for (int part = 0; part < count; part++) {
          parts.add(new Part(document, side, part, count));
        }
      }
    }
    this.tokenised = new AtomicReferenceArray<>(parts.size());
  }

  @Override
  public EncodedDocument get(int index) {
    EncodedDocument there = tokenised.get(index);
    if (there != null) {
      return there;
    }
    int document = parts.get(index).document;
    int first = index;
    while (first > 0 && parts.get(first - 1).document == document) {
      first--;
    }
    List<TokenSequence> sequences = encoder.encode(documents.get(document));
    for (int i = first; i < parts.size() && parts.get(i).document == document; i++) {
      Part part = parts.get(i);
      TokenSequence sequence = sequences.get(part.side);
      tokenised.set(i, new EncodedDocument(sequence.documentId(), domain, cut(sequence, part)));
    }
    return tokenised.get(index);
  }

  @Override
  public int size() {
    return parts.size();
  }

  /** The inputs of a part and the target of the last of them. */
  private static int[] cut(TokenSequence sequence, Part part) {
    int[] tokens = sequence.tokens();
    if (part.parts == 1) {
      return tokens;
    }
    long inputs = tokens.length - 1L;
    int from = (int) (inputs * part.part / part.parts);
    int to = (int) (inputs * (part.part + 1) / part.parts);
    return Arrays.copyOfRange(tokens, from, to + 1);
  }
}
