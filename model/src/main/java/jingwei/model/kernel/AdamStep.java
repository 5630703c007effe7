package jingwei.model.kernel;

/**
 * The constants of one Adam update with decoupled weight decay (Loshchilov and Hutter 2019):
 *
 * <pre>
 *   g = gradientScale * gradient
 *   m = first.decay * m + (1 - first.beta) * g
 *   v = second.decay * v + (1 - second.beta) * g * g
 *   w = w - learningRate
 *         * (m / first.correction / (sqrt(v / second.correction) + epsilon) + weightDecay * w)
 * </pre>
 *
 * @param learningRate learning rate of this step
 * @param first constants of the first moment, m
 * @param second constants of the second moment, v
 * @param epsilon added to the denominator
 * @param weightDecay weight decay; 0 for norms and biases
 * @param gradientScale factor that clips the gradient
 */
public record AdamStep(
    double learningRate,
    Moment first,
    Moment second,
    double epsilon,
    double weightDecay,
    double gradientScale) {

  /**
   * The constants of one moment.
   *
   * @param beta decay rate per step
   * @param decay factor of the old moment: beta, or a power of beta to catch up skipped steps
   * @param correction 1 - beta^t
   */
  public record Moment(double beta, double decay, double correction) {}

  /** These constants with another weight decay. */
  public AdamStep withWeightDecay(double other) {
    return new AdamStep(learningRate, first, second, epsilon, other, gradientScale);
  }
}
