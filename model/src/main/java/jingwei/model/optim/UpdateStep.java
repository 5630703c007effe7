package jingwei.model.optim;

/**
 * What an owner needs to know about a step to apply its gradient.
 *
 * @param step of the run, counted from 1
 * @param applied number of the step among the applied ones, counted from 1; refused steps do not
 *     count
 * @param learningRate of the step
 * @param clipScale factor of all gradients, see {@link Adam#clipScale}
 */
public record UpdateStep(long step, long applied, double learningRate, double clipScale) {}
