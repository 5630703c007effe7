package jingwei.model.step;

import jingwei.model.optim.UpdateStep;

/**
 * Lets every owner apply its gradient of a step as soon as it is complete, or makes it drop it.
 *
 * @param isRefused the step was not finite: nobody changes anything
 * @param applied number of the step among the applied ones, counted from 1; of no meaning where it
 *     is refused
 * @param learningRate of the step
 * @param norm of all owners together; NaN where clipping does not wait for it
 * @param previousNorm the same in the step before
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
