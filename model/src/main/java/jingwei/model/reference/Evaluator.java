package jingwei.model.reference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jingwei.model.data.MicroBatch;
import jingwei.model.kernel.Kernels;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/** Losses and logits of a resident model, without gradients. */
public final class Evaluator {
  private final ReferencePass pass;
  private final int[] bytesOfToken;
  private final int numDomains;
  private final double[] losses;

  /**
   * @param bytesOfToken bytes of text of each token id, for bits per byte
   * @param maxTokens most tokens of a micro-batch
   */
  public Evaluator(
      ReferenceModel model,
      Kernels kernels,
      int[] bytesOfToken,
      int numDomains,
      int maxTokens,
      NativeMemory memory) {
    this(new ReferencePass(model, kernels, maxTokens, memory), bytesOfToken, numDomains, maxTokens);
  }

  Evaluator(ReferencePass pass, int[] bytesOfToken, int numDomains, int maxTokens) {
    this.pass = pass;
    this.bytesOfToken = bytesOfToken.clone();
    this.numDomains = numDomains;
    this.losses = new double[maxTokens];
  }

  /** Losses of micro-batches, by domain index. */
  public List<DomainTally> evaluate(Iterable<MicroBatch> microBatches) {
    List<DomainTally> tallies = emptyTallies();
    for (MicroBatch microBatch : microBatches) {
      pass.losses(microBatch, losses);
      tally(microBatch, losses, tallies);
    }
    return tallies;
  }

  /** Logits of the token that follows the last one, [vocabulary]. */
  public double[] lastLogits(MicroBatch batch) {
    Matrix logits = pass.lastLogits(batch);
    double[] values = new double[logits.columns()];
    for (int id = 0; id < values.length; id++) {
      values[id] = logits.get(0, id);
    }
    return values;
  }

  List<DomainTally> emptyTallies() {
    return new ArrayList<>(Collections.nCopies(numDomains, DomainTally.EMPTY));
  }

  /** Adds the losses of a micro-batch to the tallies of its tokens' domains. */
  void tally(MicroBatch microBatch, double[] tokenLosses, List<DomainTally> tallies) {
    for (int i = 0; i < microBatch.numTokens(); i++) {
      int target = microBatch.targets()[i];
      if (target >= 0) {
        int domain = microBatch.domains()[i];
        tallies.set(domain, tallies.get(domain).plus(tokenLosses[i], bytesOfToken[target]));
      }
    }
  }
}
