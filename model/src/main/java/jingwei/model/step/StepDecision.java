package jingwei.model.step;

import jingwei.model.optim.UpdateStep;

/**
 * Whether owners apply their gradients of a step, and with what.
 *
 * @param isRefused the step changes nothing: every owner drops its gradient
 * @param applied number of the step among the applied ones, counted from 1; of no meaning where it
 *     is refused
 * @param learningRate of the step
 * @param norm of all owners together; NaN where nothing is clipped by it
 * @param previousNorm norm of the last applied step; NaN where nothing is clipped by it
 */
public record StepDecision(
    long step,
    boolean isRefused,
    long applied,
    double learningRate,
    double norm,
    double previousNorm) {
  /** What an owner applies its gradient with. */
  public UpdateStep update(double clipScale) {
    return new UpdateStep(step, applied, learningRate, clipScale);
  }
}
