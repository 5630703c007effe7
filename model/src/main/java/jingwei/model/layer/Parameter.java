package jingwei.model.layer;

/**
 * One named weight.
 *
 * @param name relative to its owner, such as {@code attention.output.weight}
 * @param rows inputs of a linear weight, entries of an embedding, 1 for vectors
 * @param columns outputs of a linear weight
 * @param start how it is initialised
 */
public record Parameter(String name, int rows, int columns, Start start) {

  /**
   * Initial values (PanGu-alpha code: N(0, 0.02), projections scaled by 1/sqrt(2 layers), biases 0,
   * gains 1).
   */
  public sealed interface Start {
    /** Drawn from N(0, deviation). */
    record Normal(double deviation) implements Start {}

    /** Every element the same. */
    record Constant(double value) implements Start {}
  }

  /** Whether weight decay applies: to matrices, not to norms and biases. */
  public boolean decays() {
    return start instanceof Start.Normal;
  }

  public long size() {
    return (long) rows * columns;
  }
}
