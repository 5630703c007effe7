package jingwei.model.loss;

/**
 * The sum of the losses of one domain.
 *
 * @param lossSum of the target tokens, in nats
 * @param tokens target tokens
 * @param bytes of text of the target tokens; control tokens have none
 */
public record DomainLoss(double lossSum, long tokens, long bytes) {
  public static final DomainLoss EMPTY = new DomainLoss(0, 0, 0);

  public DomainLoss plus(double loss, int targetBytes) {
    return new DomainLoss(lossSum + loss, tokens + 1, bytes + targetBytes);
  }

  /** Both sums together. */
  public DomainLoss plus(DomainLoss other) {
    return new DomainLoss(lossSum + other.lossSum, tokens + other.tokens, bytes + other.bytes);
  }

  /** Mean loss in nats per token; NaN without tokens. */
  public double loss() {
    return tokens == 0 ? Double.NaN : lossSum / tokens;
  }

  public double perplexity() {
    return Math.exp(loss());
  }

  /**
   * Loss of all target tokens, including control tokens, in bits per byte of text; comparable
   * across tokenizers.
   */
  public double bitsPerByte() {
    return bytes == 0 ? Double.NaN : lossSum / Math.log(2) / bytes;
  }
}
