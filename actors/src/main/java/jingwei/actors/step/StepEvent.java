package jingwei.actors.step;

import java.util.List;
import jingwei.model.loss.DomainLoss;

/** A report of an actor to the coordinator about a step. */
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
   * all dense owners have reported this. In an evaluation only the head reports it.
   */
  record Passed(MicroBatchRef microBatch, int owner) implements StepEvent {
    @Override
    public long step() {
      return microBatch.step();
    }
  }

  /**
   * The gradient of an owner is complete and its sum of squares is known.
   *
   * @param owner index among the decoder's owners
   * @param squares sum of the squares of the gradient
   * @param readAsOf the owner computed with its weights as they were after this step
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
