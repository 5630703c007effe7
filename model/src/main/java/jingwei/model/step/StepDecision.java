package jingwei.model.step;

import jingwei.model.optim.UpdateStep;

/**
 * The decision about a step: whether owners apply their gradients, and with which numbers.
 *
 * @param isRefused true if every owner drops its gradient and the step changes nothing
 * @param applied number of the step among the applied steps, counted from 1; undefined if refused
 * @param learningRate learning rate of the step
 * @param norm gradient norm of all owners together; NaN if clipping does not need it
 * @param previousNorm gradient norm of the last applied step; NaN if clipping does not need it
 */
public record StepDecision(
    long step,
    boolean isRefused,
    long applied,
    double learningRate,
    double norm,
    double previousNorm) {
  /** The numbers with which one owner applies its gradient. */
  public UpdateStep update(double clipScale) {
    return new UpdateStep(step, applied, learningRate, clipScale);
  }
}
