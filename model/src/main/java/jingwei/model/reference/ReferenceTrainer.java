package jingwei.model.reference;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Owner;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.Adam;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.OwnerState;
import jingwei.model.routing.RoutePlan;

/**
 * Trains a resident model in the calling thread.
 *
 * <p>The order of all sums is fixed: tokens within a product, then micro-batches by index, then
 * squares by owner. Its weights after n steps are the measure for every other way to train the same
 * model.
 */
public final class ReferenceTrainer {
  private final ReferenceModel model;
  private final Kernels kernels;
  private final Adam adam;
  private final ReferencePass pass;
  private final Evaluator evaluator;
  private final GradientPool gradients;
  private final double[] losses;
  private LearningRate learningRate;

  /**
   * @param bytesOfToken bytes of text of each token id, for bits per byte
   * @param numDomains domains that tallies are kept for
   * @param maxTokens most tokens of a micro-batch
   * @param memory for gradients and activations
   */
  public ReferenceTrainer(
      ReferenceModel model,
      Kernels kernels,
      AdamSettings adamSettings,
      LearningRate learningRate,
      int[] bytesOfToken,
      int numDomains,
      int maxTokens,
      NativeMemory memory) {
    this.model = model;
    this.kernels = kernels;
    this.adam = new Adam(adamSettings);
    this.learningRate = learningRate;
    this.pass = new ReferencePass(model, kernels, maxTokens, memory);
    this.evaluator = new Evaluator(pass, bytesOfToken, numDomains, maxTokens);
    this.gradients = new GradientPool(model.decoder(), model.type(), memory);
    this.losses = new double[maxTokens];
  }

  public ReferenceModel model() {
    return model;
  }

  /** Follows another schedule from the next step on. */
  public void setLearningRate(LearningRate newLearningRate) {
    learningRate = newLearningRate;
  }

  /**
   * One step: forward and backward of every micro-batch, then one update of every owner that has a
   * gradient.
   */
  public StepResult step(Batch batch) {
    int targets = batch.numTargets();
    List<DomainTally> tallies = evaluator.emptyTallies();
    for (MicroBatch microBatch : batch.microBatches()) {
      List<RoutePlan> plans = pass.plans(microBatch);
      pass.lossAndGradient(microBatch, plans, gradients, 1.0 / Math.max(1, targets), losses);
      evaluator.tally(microBatch, losses, tallies);
    }
    double lossSum = tallies.stream().mapToDouble(DomainTally::lossSum).sum();
    double loss = lossSum / Math.max(1, targets);
    double norm = gradientNorm();
    double rate = learningRate.at(batch.step());
    boolean applied = Double.isFinite(loss) && Double.isFinite(norm);
    TreeMap<String, Long> versions = new TreeMap<>();
    int activeExperts = 0;
    for (Map.Entry<Integer, Gradients> entry : gradients.active().entrySet()) {
      Owner owner = model.decoder().owners().get(entry.getKey());
      OwnerState state = model.state(owner.name());
      if (applied && entry.getValue().isStarted()) {
        adam.update(kernels, state, entry.getValue(), batch.step(), rate, adam.clipScale(norm));
      }
      if (owner.isExpert()) {
        activeExperts++;
        versions.put(owner.name(), state.updates());
      }
    }
    gradients.release();
    return new StepResult(
        batch.step(),
        applied,
        loss,
        batch.numTokens(),
        rate,
        norm,
        activeExperts,
        tallies,
        versions);
  }

  /** Losses of micro-batches under the current weights, by domain. */
  public List<DomainTally> evaluate(Iterable<MicroBatch> microBatches) {
    return evaluator.evaluate(microBatches);
  }

  private double gradientNorm() {
    double sum = 0;
    for (Gradients owner : gradients.active().values()) {
      sum += Adam.sumOfSquares(kernels, owner);
    }
    return Math.sqrt(sum);
  }
}
