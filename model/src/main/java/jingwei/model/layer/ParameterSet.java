package jingwei.model.layer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jingwei.model.SeededRandom;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * One value for every parameter of a layout: weights, gradients or moments of one owner, in one
 * flat buffer with named views.
 */
public final class ParameterSet {
  /** About as many initial values are drawn before they are copied. */
  private static final int DRAWN_ELEMENTS = 1 << 16;

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
    try (NativeMemory drawing = NativeMemory.unbounded("initial values")) {
      int elements = Arrays.stream(views).mapToInt(ParameterSet::elementsAtOnce).max().orElse(0);
      Matrix drawn = drawing.matrix(flat.type(), 1, elements);
      for (int i = 0; i < views.length; i++) {
        Parameter parameter = layout.parameters().get(i);
        SeededRandom random = SeededRandom.of(seed, owner + "." + parameter.name());
        draw(parameter.start(), random, drawn, views[i]);
      }
    }
  }

  /** Draws in host memory, because the parameters may be in another space. */
  private static void draw(
      Parameter.Start start, SeededRandom random, Matrix drawn, Matrix parameter) {
    NormalNumbers normal = new NormalNumbers(random);
    double[] values = new double[Math.toIntExact(drawn.size())];
    int rows = elementsAtOnce(parameter) / parameter.columns();
    for (int from = 0; from < parameter.rows(); from += rows) {
      Matrix part = parameter.rows(from, Math.min(parameter.rows(), from + rows));
      int elements = Math.toIntExact(part.size());
      switch (start) {
        case Parameter.Start.Normal(double deviation) -> {
          normal.next(values, elements);
          for (int i = 0; i < elements; i++) {
            values[i] = deviation * values[i];
          }
        }
        case Parameter.Start.Constant(double value) -> Arrays.fill(values, 0, elements, value);
      }
      MemorySegment into = drawn.columns(0, elements).segment();
      copy(values, elements, drawn.type(), into);
      part.write(0, into);
    }
  }

  private static void copy(double[] values, int count, ElementType type, MemorySegment into) {
    switch (type) {
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          into.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
        }
      }
      case FLOAT64 -> MemorySegment.copy(values, 0, into, ValueLayout.JAVA_DOUBLE, 0, count);
    }
  }

  /** Whole rows, so that a large parameter is not twice in memory. */
  private static int elementsAtOnce(Matrix parameter) {
    int rows = Math.clamp(DRAWN_ELEMENTS / parameter.columns(), 1, parameter.rows());
    return rows * parameter.columns();
  }
}
