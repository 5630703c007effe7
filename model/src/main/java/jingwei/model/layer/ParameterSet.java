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
  private static final int DRAWN_ELEMENTS = 1024;

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
      MemorySegment drawn = drawing.matrix(flat.type(), 1, DRAWN_ELEMENTS).segment();
      double[] values = new double[DRAWN_ELEMENTS];
      for (int i = 0; i < views.length; i++) {
        Parameter parameter = layout.parameters().get(i);
        SeededRandom random = SeededRandom.of(seed, owner + "." + parameter.name());
        draw(parameter.start(), random, values, drawn, views[i]);
      }
    }
  }

  /**
   * Draws some elements at a time, which stay in the first-level cache, in host memory, because the
   * parameters may be in another space.
   */
  private static void draw(
      Parameter.Start start,
      SeededRandom random,
      double[] values,
      MemorySegment drawn,
      Matrix parameter) {
    NormalNumbers normal = new NormalNumbers(random);
    int bytes = parameter.type().bytes();
    for (long from = 0; from < parameter.size(); from += DRAWN_ELEMENTS) {
      int elements = (int) Math.min(DRAWN_ELEMENTS, parameter.size() - from);
      switch (start) {
        case Parameter.Start.Normal(double deviation) -> {
          normal.next(values, elements);
          scale(values, elements, deviation);
        }
        case Parameter.Start.Constant(double value) -> Arrays.fill(values, 0, elements, value);
      }
      copy(values, elements, parameter.type(), drawn);
      parameter.write(from * bytes, drawn.asSlice(0, (long) elements * bytes));
    }
  }

  private static void scale(double[] values, int count, double factor) {
    for (int i = 0; i < count; i++) {
      values[i] = factor * values[i];
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
}
