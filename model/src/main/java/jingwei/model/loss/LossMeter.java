package jingwei.model.loss;

import java.util.Collections;
import java.util.List;
import jingwei.model.data.MicroBatch;

/** Adds up the losses of tokens by domain, in token order, so that the sum has fixed bits. */
public final class LossMeter {
  private final int[] bytesOfToken;
  private final int numDomains;

  /**
   * @param bytesOfToken bytes of text of each token id, for bits per byte
   */
  public LossMeter(int[] bytesOfToken, int numDomains) {
    this.bytesOfToken = bytesOfToken.clone();
    this.numDomains = numDomains;
  }

  /** Empty sums, by domain index. */
  public List<DomainLoss> none() {
    return Collections.nCopies(numDomains, DomainLoss.EMPTY);
  }

  /**
   * Adds the losses of the next micro-batch.
   *
   * @param losses of each token of the micro-batch, in nats
   */
  public List<DomainLoss> plus(List<DomainLoss> before, MicroBatch microBatch, double[] losses) {
    DomainLoss[] sums = before.toArray(DomainLoss[]::new);
    for (int i = 0; i < microBatch.numTokens(); i++) {
      int target = microBatch.targets()[i];
      if (target >= 0) {
        int domain = microBatch.domains()[i];
        sums[domain] = sums[domain].plus(losses[i], bytesOfToken[target]);
      }
    }
    return List.of(sums);
  }

  /**
   * Mean loss of a batch, in nats for each target; 0 without targets.
   *
   * @param sums of all of its micro-batches, by domain index
   */
  public static double mean(List<DomainLoss> sums, int numTargets) {
    return sums.stream().mapToDouble(DomainLoss::lossSum).sum() / Math.max(1, numTargets);
  }
}
