package jingwei.model.data;

/**
 * A document as token ids, control tokens included.
 *
 * @param id where it comes from, as the ledger names it
 * @param domain index of its domain
 * @param tokens at least two: the last one is only ever a target; not to be changed
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

  /** Tokens that have a next token to predict. */
  public int inputs() {
    return tokens.length - 1;
  }
}
