package jingwei.model.inference;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.SequentialPass;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.ParameterSet;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;
import jingwei.model.state.ModelState;

/** Losses and logits of a resident model, without gradients. */
public final class Evaluator {
  private final ModelState model;
  private final SequentialPass pass;
  private final LossMeter meter;

  /**
   * @param meter adds up the losses
   * @param maxTokens most tokens of a micro-batch
   */
  public Evaluator(
      ModelState model, Kernels kernels, LossMeter meter, int maxTokens, NativeMemory memory) {
    this(
        model,
        new SequentialPass(model.decoder(), model.type(), kernels, maxTokens, memory),
        meter);
  }

  /** Uses a pass that others also use; only one of them may call it at a time. */
  public Evaluator(ModelState model, SequentialPass pass, LossMeter meter) {
    this.model = model;
    this.pass = pass;
    this.meter = meter;
  }

  /** Losses of micro-batches, by domain index. */
  public List<DomainLoss> evaluate(Iterable<MicroBatch> microBatches) {
    return evaluate(microBatches, () -> false).orElseThrow();
  }

  /** The same; empty if {@code isStopped} became true, which is checked before each micro-batch. */
  public Optional<List<DomainLoss>> evaluate(
      Iterable<MicroBatch> microBatches, BooleanSupplier isStopped) {
    List<DomainLoss> sums = meter.none();
    for (MicroBatch microBatch : microBatches) {
      if (isStopped.getAsBoolean()) {
        return Optional.empty();
      }
      sums = meter.plus(sums, microBatch, losses(microBatch));
    }
    return Optional.of(sums);
  }

  /** Loss of each token of a micro-batch in nats; valid until the next call. */
  public double[] losses(MicroBatch microBatch) {
    return pass.losses(microBatch, plans(microBatch), this::newest);
  }

  /** Logits of the token that follows the last one, [vocabulary]. */
  public double[] lastLogits(MicroBatch batch) {
    Matrix logits = pass.lastLogits(batch, plans(batch), this::newest);
    double[] values = new double[logits.columns()];
    try (NativeMemory host = NativeMemory.unbounded("logits")) {
      Matrix copied = host.matrix(logits.type(), 1, values.length);
      logits.read(0, copied.segment());
      for (int id = 0; id < values.length; id++) {
        values[id] = copied.get(0, id);
      }
    }
    return values;
  }

  private List<RoutePlan> plans(MicroBatch batch) {
    return model.routes().stream()
        .map(table -> RoutePlan.of(table, batch.tokens(), batch.domains()))
        .toList();
  }

  private ParameterSet newest(int owner) {
    return model.states().get(owner).weights();
  }
}
