package jingwei.model.reference;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import jingwei.model.data.MicroBatch;
import jingwei.model.kernel.Kernels;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/** Losses and logits of a resident model, without gradients. */
public final class Evaluator {
  private final ReferencePass pass;
  private final LossTally tally;

  /**
   * @param tally that adds up the losses
   * @param maxTokens most tokens of a micro-batch
   */
  public Evaluator(
      ReferenceModel model, Kernels kernels, LossTally tally, int maxTokens, NativeMemory memory) {
    this(new ReferencePass(model, kernels, maxTokens, memory), tally);
  }

  Evaluator(ReferencePass pass, LossTally tally) {
    this.pass = pass;
    this.tally = tally;
  }

  /** Losses of micro-batches, by domain index. */
  public List<DomainTally> evaluate(Iterable<MicroBatch> microBatches) {
    return evaluate(microBatches, () -> false).orElseThrow();
  }

  /** The same; empty if it was stopped, which is asked before each micro-batch. */
  Optional<List<DomainTally>> evaluate(
      Iterable<MicroBatch> microBatches, BooleanSupplier isStopped) {
    List<DomainTally> tallies = tally.none();
    for (MicroBatch microBatch : microBatches) {
      if (isStopped.getAsBoolean()) {
        return Optional.empty();
      }
      tallies = tally.plus(tallies, microBatch, pass.losses(microBatch));
    }
    return Optional.of(tallies);
  }

  /** Loss of each token of a micro-batch in nats; valid until the next call. */
  public double[] losses(MicroBatch microBatch) {
    return pass.losses(microBatch);
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
}
