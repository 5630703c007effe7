package jingwei.actors.step;

/** A report of an actor to the coordinator about a step. */
public sealed interface StepEvent extends OfSession {
  /** The step that the report is about. */
  long step();

  /**
   * The head of a device has the losses of a micro-batch.
   *
   * @param index of the micro-batch in the batch
   * @param losses of its tokens
   */
  record Losses(long incarnation, long step, int index, TokenLosses losses) implements StepEvent {}

  /**
   * A device will not use the activation buffers of a micro-batch again.
   *
   * @param index of the micro-batch in the batch
   */
  record Passed(long incarnation, long step, int index) implements StepEvent {}

  /**
   * The gradient of an owner is complete and its sum of squares is known.
   *
   * @param owner index among the decoder's owners
   * @param squares sum of the squares of the gradient
   * @param readAsOf the owner's weights were read as they were after this step
   */
  record Measured(long incarnation, long step, int owner, double squares, long readAsOf)
      implements StepEvent {}

  /**
   * An owner has handled its decision: it has new weights, or has dropped the gradient of a refused
   * step.
   *
   * @param updates of the owner so far
   */
  record Updated(long incarnation, long step, int owner, long updates) implements StepEvent {}
}
