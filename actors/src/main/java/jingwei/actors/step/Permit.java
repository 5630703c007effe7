package jingwei.actors.step;

/**
 * Lets every owner apply its gradient of a step as soon as it is complete, or makes it drop it.
 *
 * @param isRefused the step was not finite: nobody changes anything
 * @param learningRate of the step
 * @param norm of all owners together; NaN where clipping does not wait for it
 * @param previousNorm the same in the step before
 */
public record Permit(
    long step, boolean isRefused, double learningRate, double norm, double previousNorm) {}
