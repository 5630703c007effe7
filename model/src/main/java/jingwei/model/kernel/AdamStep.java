package jingwei.model.kernel;

/**
 * The constants of one Adam update with decoupled weight decay (Loshchilov and Hutter 2019):
 *
 * <pre>
 *   g = gradientScale * gradient
 *   m = momentDecay1 * m + (1 - beta1) * g
 *   v = momentDecay2 * v + (1 - beta2) * g * g
 *   w = w - learningRate * (m / correction1 / (sqrt(v / correction2) + epsilon) + weightDecay * w)
 * </pre>
 *
 * @param learningRate of this step
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param momentDecay1 what m is multiplied with: beta1, or a power of it where skipped steps are
 *     caught up
 * @param momentDecay2 the same for v
 * @param epsilon added to the denominator
 * @param weightDecay 0 for norms and biases
 * @param correction1 1 - beta1^t
 * @param correction2 1 - beta2^t
 * @param gradientScale factor of clipping
 */
public record AdamStep(
    double learningRate,
    double beta1,
    double beta2,
    double momentDecay1,
    double momentDecay2,
    double epsilon,
    double weightDecay,
    double correction1,
    double correction2,
    double gradientScale) {}
