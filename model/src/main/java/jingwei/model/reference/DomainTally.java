package jingwei.model.reference;

/**
 * Losses of one domain added up.
 *
 * @param lossSum of the target tokens, in nats
 * @param tokens target tokens
 * @param bytes of text that the target tokens stand for; control tokens stand for none
 */
public record DomainTally(double lossSum, long tokens, long bytes) {
  public static final DomainTally EMPTY = new DomainTally(0, 0, 0);

  public DomainTally plus(double loss, int targetBytes) {
    return new DomainTally(lossSum + loss, tokens + 1, bytes + targetBytes);
  }

  /** Sum of two tallies. */
  public DomainTally plus(DomainTally other) {
    return new DomainTally(lossSum + other.lossSum, tokens + other.tokens, bytes + other.bytes);
  }

  /** Mean loss in nats per token; NaN without tokens. */
  public double loss() {
    return tokens == 0 ? Double.NaN : lossSum / tokens;
  }

  public double perplexity() {
    return Math.exp(loss());
  }

  /**
   * Loss of every target token, control tokens too, in bits for each byte of text; comparable
   * across tokenizers.
   */
  public double bitsPerByte() {
    return bytes == 0 ? Double.NaN : lossSum / Math.log(2) / bytes;
  }
}
