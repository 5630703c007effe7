package jingwei.model.state;

/**
 * The rule of initial weights: they are a function of a seed and the name of their owner. So the
 * weights of an expert that was never updated need not be stored or moved; they can be drawn again
 * anywhere.
 *
 * @param seed of the draws
 */
public record InitialWeights(long seed) {
  /**
   * Draws the weights of an owner. Its moments and counts stay as they are.
   *
   * @param state of the owner
   */
  public void draw(OwnerState state) {
    state.weights().initialise(seed, state.owner().name());
  }
}
