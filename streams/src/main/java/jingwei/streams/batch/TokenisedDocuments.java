package jingwei.streams.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jingwei.model.corpus.Document;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.TokenSequence;

/**
 * The documents of a domain as token sequences, each tokenised at its first use and kept from then
 * on. A pair gives two sequences, one for each direction. A long document is several chunks, which
 * an epoch reads at different times: otherwise hundreds of steps would see only one book. Inputs
 * are cut, not targets, so every token is still predicted from the one before it. Thread-safe; two
 * threads at once may do the same work.
 */
public final class TokenisedDocuments implements DocumentSource {
  /** For documents that are read whole. */
  public static final long WHOLE = Long.MAX_VALUE;

  private final DocumentEncoder encoder;
  private final List<Document> documents;
  private final int domain;
  private final List<Chunk> chunks = new ArrayList<>();
  private final AtomicReferenceArray<EncodedDocument> tokenised;

  /**
   * @param document index of the document
   * @param side of a pair; else 0
   * @param number index of the chunk on its side of the document
   * @param count chunks of this side
   */
  private record Chunk(int document, int side, int number, int count) {}

  /**
   * @param domain index that the tokens carry
   * @param partBytes approximate length of the chunks of a longer document
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
        for (int number = 0; number < count; number++) {
          chunks.add(new Chunk(document, side, number, count));
        }
      }
    }
    this.tokenised = new AtomicReferenceArray<>(chunks.size());
  }

  @Override
  public EncodedDocument read(int index) {
    EncodedDocument there = tokenised.get(index);
    if (there != null) {
      return there;
    }
    int document = chunks.get(index).document;
    int first = index;
    while (first > 0 && chunks.get(first - 1).document == document) {
      first--;
    }
    List<TokenSequence> sequences = encoder.encode(documents.get(document));
    for (int i = first; i < chunks.size() && chunks.get(i).document == document; i++) {
      Chunk chunk = chunks.get(i);
      TokenSequence sequence = sequences.get(chunk.side);
      tokenised.set(i, new EncodedDocument(sequence.documentId(), domain, cut(sequence, chunk)));
    }
    return tokenised.get(index);
  }

  @Override
  public int size() {
    return chunks.size();
  }

  /** The inputs of a chunk and the target of the last of them. */
  private static int[] cut(TokenSequence sequence, Chunk chunk) {
    int[] tokens = sequence.tokens();
    if (chunk.count == 1) {
      return tokens;
    }
    long inputs = tokens.length - 1L;
    int from = (int) (inputs * chunk.number / chunk.count);
    int to = (int) (inputs * (chunk.number + 1) / chunk.count);
    return Arrays.copyOfRange(tokens, from, to + 1);
  }
}
