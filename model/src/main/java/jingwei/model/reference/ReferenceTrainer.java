package jingwei.model.reference;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntToLongFunction;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.EmbeddedGradients;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.SequentialPass;
import jingwei.model.inference.Evaluator;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.Adam;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.UpdateStep;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.BadStepException;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepJudge;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import jingwei.model.step.Verdict;

/**
 * Trains a resident model in the calling thread.
 *
 * <p>The order of all sums is fixed: tokens within a product, then micro-batches by index, then
 * logical replicas, then squares by owner. Every other trainer must reach the same weights after n
 * steps.
 */
public final class ReferenceTrainer {
  private final ModelState model;
  private final Decoder decoder;
  private final Kernels kernels;
  private final StepRules rules;
  private final StepJudge judge;
  private final Adam adam;
  private final SequentialPass pass;
  private final LossMeter meter;
  private final Evaluator evaluator;
  private final GradientPool gradients;
  private final List<WeightHistory> weights;
  private final EmbeddedGradients embedded;

  /**
   * @param meter sums losses
   * @param maxTokens largest number of tokens in a micro-batch
   * @param memory memory for gradients, activations and older versions of weights
   */
  public ReferenceTrainer(
      ModelState model,
      Kernels kernels,
      StepRules rules,
      LearningRate learningRate,
      LossMeter meter,
      int maxTokens,
      NativeMemory memory) {
    this.model = model;
    this.decoder = model.decoder();
    this.kernels = kernels;
    this.rules = rules;
    this.judge = new StepJudge(rules, learningRate, StepsBefore.START);
    this.adam = new Adam(rules.adam());
    this.pass = new SequentialPass(decoder, model.type(), kernels, maxTokens, memory);
    this.meter = meter;
    this.evaluator = new Evaluator(model, pass, meter);
    this.embedded = new EmbeddedGradients(decoder, model.type(), maxTokens, memory);
    this.gradients = new GradientPool(decoder, rules.replicas(), model.type(), memory);
    this.weights = model.histories();
  }

  public ModelState model() {
    return model;
  }

  /** Sets the learning rate schedule from the next step on. */
  public void follow(LearningRate learningRate) {
    judge.follow(learningRate);
  }

  /** The steps before the next one. */
  public StepsBefore before() {
    return judge.before();
  }

  /** Sets the steps before the next one. */
  public void goOnFrom(StepsBefore steps) {
    judge.goOnFrom(steps);
  }

  /**
   * One step: forward and backward of every micro-batch, then one update of every owner with a
   * gradient. Every owner reads the version that the configured delay demands.
   *
   * @throws BadStepException if the step is a spike and the run must go back; nothing has changed
   */
  public StepResult step(Batch batch) {
    return step(batch, () -> false).orElseThrow();
  }

  /**
   * One step that can be given up.
   *
   * @param isGivenUp polled before each micro-batch
   * @return empty if the step was given up; nothing has changed
   */
  public Optional<StepResult> step(Batch batch, BooleanSupplier isGivenUp) {
    long asOf = Math.max(0, batch.step() - 1 - rules.delay());
    return step(batch, owner -> asOf, isGivenUp);
  }

  /**
   * One step with recorded reads.
   *
   * @param asOf maps the index of an owner to the step whose weights it reads
   */
  public StepResult step(Batch batch, IntToLongFunction asOf) {
    return step(batch, asOf, () -> false).orElseThrow();
  }

  private Optional<StepResult> step(
      Batch batch, IntToLongFunction asOf, BooleanSupplier isGivenUp) {
    try {
      Optional<StepResult> result =
          accumulate(batch, asOf, isGivenUp).map(losses -> update(batch, asOf, losses));
      kernels.finish();
      return result;
    } finally {
      // Also after an exception.
      gradients.release();
      embedded.clear();
    }
  }

  private StepResult update(Batch batch, IntToLongFunction asOf, List<DomainLoss> losses) {
    SortedMap<Integer, Gradients> totals = new TreeMap<>();
    SortedMap<Integer, Double> squares = new TreeMap<>();
    for (Map.Entry<Integer, ReplicaGradients> entry : gradients.active().entrySet()) {
      if (entry.getValue().isStarted()) {
        Gradients total = entry.getValue().total(kernels);
        totals.put(entry.getKey(), total);
        squares.put(entry.getKey(), Adam.sumOfSquares(kernels, total));
      }
    }
    Verdict verdict =
        judge.judge(
            batch.step(),
            LossMeter.mean(losses, batch.numTargets()),
            Adam.jointNorm(squares.values()));
    TreeMap<String, Long> versions = new TreeMap<>();
    long oldest = batch.step() - 1;
    for (Map.Entry<Integer, Gradients> entry : totals.entrySet()) {
      int index = entry.getKey();
      Owner owner = decoder.owners().get(index);
      OwnerState state = model.states().get(index);
      oldest = Math.min(oldest, asOf.applyAsLong(index));
      if (verdict.isApplied()) {
        StepDecision decision = verdict.decision();
        double scale = adam.clipScale(squares.get(index), decision.norm(), decision.previousNorm());
        update(state, index, entry.getValue(), decision.update(scale));
      }
      weights.get(index).forgetBefore(rules.oldestRead(batch.step() + 1));
      if (owner.isExpert()) {
        versions.put(owner.name(), state.updates());
      }
    }
    return StepResult.of(verdict, batch.numTokens(), losses, versions, oldest);
  }

  /** Losses of micro-batches under the current weights, by domain. */
  public List<DomainLoss> evaluate(Iterable<MicroBatch> microBatches) {
    return evaluator.evaluate(microBatches);
  }

  /** Losses by domain; empty if stopped. {@code isStopped} is polled before each micro-batch. */
  public Optional<List<DomainLoss>> evaluate(
      Iterable<MicroBatch> microBatches, BooleanSupplier isStopped) {
    return evaluator.evaluate(microBatches, isStopped);
  }

  private Optional<List<DomainLoss>> accumulate(
      Batch batch, IntToLongFunction asOf, BooleanSupplier isGivenUp) {
    double scale = 1.0 / Math.max(1, batch.numTargets());
    List<DomainLoss> sums = meter.none();
    int perReplica = batch.microBatchesPerReplica();
    for (int m = 0; m < batch.microBatches().size(); m++) {
      if (isGivenUp.getAsBoolean()) {
        return Optional.empty();
      }
      MicroBatch microBatch = batch.microBatches().get(m);
      int replica = batch.replicaOf(m);
      double[] losses =
          pass.lossAndGradient(
              microBatch,
              batch.routes().plans(m),
              owner -> weights.get(owner).asOf(asOf.applyAsLong(owner)),
              owner -> gradients.of(owner, replica),
              scale);
      sums = meter.plus(sums, microBatch, losses);
      embedded.hold(kernels, pass.activations());
      if ((m + 1) % perReplica == 0) {
        embedded.addTo(kernels, gradients.of(decoder.embeddingOwner(), replica));
      }
    }
    return Optional.of(sums);
  }

  private void update(OwnerState state, int index, Gradients total, UpdateStep step) {
    if (rules.mostStale() > 0) {
      weights.get(index).keep(kernels);
    }
    adam.update(kernels, state, total, step);
  }
}
