package jingwei.actors.step;

import java.util.List;
import jingwei.model.loss.DomainLoss;

/** What actors report to the coordinator about a step. */
public sealed interface StepEvent {
  long step();

  /** The head has the losses of all micro-batches; sums by domain index. */
  record Losses(long step, List<DomainLoss> domains) implements StepEvent {
    public Losses {
      domains = List.copyOf(domains);
    }
  }

  /**
   * A dense owner will not use the activation buffers of a micro-batch again. They are free when
   * all have said so; after an evaluation the head alone says it.
   */
  record Passed(MicroBatchRef microBatch, int owner) implements StepEvent {
    @Override
    public long step() {
      return microBatch.step();
    }
  }

  /**
   * The gradient of an owner is complete, where its moments are.
   *
   * @param owner index among the decoder's owners
   * @param squares sum of the squares of the gradient
   * @param readAsOf the step after which the weights were that the owner computed with
   */
  record Measured(long step, int owner, double squares, long readAsOf) implements StepEvent {}

  /**
   * An owner has handled its decision: it has new weights, or has dropped the gradient of a refused
   * step.
   *
   * @param updates of the owner so far
   */
  record Updated(long step, int owner, long updates) implements StepEvent {}
}
