package jingwei.model.data;

/**
 * A document as token ids, including control tokens.
 *
 * @param id origin of the document, as in the ledger
 * @param domain index of its domain
 * @param tokens at least two token ids; the last is only a target. Must not be modified
 */
@SuppressWarnings(
    "ArrayRecordComponent") // compared by identity only; a copy of every document would double the
// corpus
public record EncodedDocument(String id, int domain, int[] tokens) {
  public EncodedDocument {
    if (tokens.length < 2) {
      throw new IllegalArgumentException("document=%s tokens=%d".formatted(id, tokens.length));
    }
  }

  /** Number of tokens with a next token to predict. */
  public int inputs() {
    return tokens.length - 1;
  }
}
