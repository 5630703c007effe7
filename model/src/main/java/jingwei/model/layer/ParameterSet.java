package jingwei.model.layer;

import jingwei.model.SeededRandom;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * One value for every parameter of a layout: weights, gradients or moments of one owner, in one
 * flat buffer with named views.
 */
public final class ParameterSet {
  private final ParameterLayout layout;
  private final Matrix flat;
  private final Matrix[] views;

  public ParameterSet(ParameterLayout layout, ElementType type, NativeMemory memory) {
    this(layout, memory.matrix(type, 1, layout.length()));
  }

  /**
   * Creates named views of a buffer that the caller owns.
   *
   * @param flat [1, {@link ParameterLayout#length()}]
   */
  public ParameterSet(ParameterLayout layout, Matrix flat) {
    if (flat.size() != layout.length()) {
      throw new IllegalArgumentException(
          "buffer=%d layout=%d elements".formatted(flat.size(), layout.length()));
    }
    this.layout = layout;
    this.flat = flat;
    this.views = new Matrix[layout.parameters().size()];
    for (int i = 0; i < views.length; i++) {
      Parameter parameter = layout.parameters().get(i);
      views[i] = flat.reshaped(layout.start(i), parameter.rows(), parameter.columns());
    }
  }

  public ParameterLayout layout() {
    return layout;
  }

  /** All parameters one after the other, [1, length]. */
  public Matrix flat() {
    return flat;
  }

  /** Parameter i in its own shape. */
  public Matrix get(int i) {
    return views[i];
  }

  /**
   * Draws initial values. They depend only on the seed and the owner's name, not on where or in
   * which order owners are built.
   *
   * @param owner full name of the owner, such as {@code blocks.3.experts.17}
   */
  public void initialise(long seed, String owner) {
    for (int i = 0; i < views.length; i++) {
      Parameter parameter = layout.parameters().get(i);
      SeededRandom random = SeededRandom.of(seed, owner + "." + parameter.name());
      Matrix view = views[i];
      switch (parameter.start()) {
        case Parameter.Start.Normal(double deviation) -> {
          for (int row = 0; row < view.rows(); row++) {
            for (int column = 0; column < view.columns(); column++) {
              view.set(row, column, deviation * random.nextGaussian());
            }
          }
        }
        case Parameter.Start.Constant(double value) -> {
          for (int column = 0; column < view.columns(); column++) {
            view.set(0, column, value);
          }
        }
      }
    }
  }
}
