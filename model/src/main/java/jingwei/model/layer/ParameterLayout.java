package jingwei.model.layer;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.memory.NativeMemory;

/**
 * The place of each named weight of one owner in a flat buffer. Sending, updating, checking and
 * saving an owner is one operation on that buffer. Every parameter starts on a 64-byte boundary;
 * the gaps stay zero.
 */
public final class ParameterLayout {
  /**
   * In elements; an index that is aligned in single precision is also aligned in double precision.
   */
  private static final int ALIGNMENT_ELEMENTS = NativeMemory.ALIGNMENT_BYTES / 4;

  private final List<Parameter> parameters;
  private final long[] starts;
  private final long length;

  private ParameterLayout(List<Parameter> parameters) {
    this.parameters = List.copyOf(parameters);
    this.starts = new long[parameters.size()];
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at +=
          (parameters.get(i).size() + ALIGNMENT_ELEMENTS - 1)
              / ALIGNMENT_ELEMENTS
              * ALIGNMENT_ELEMENTS;
    }
    this.length = at;
  }

  public List<Parameter> parameters() {
    return parameters;
  }

  /** First element of parameter i in the flat buffer. */
  public long start(int i) {
    return starts[i];
  }

  /** Elements of the flat buffer, gaps included. */
  public long length() {
    return length;
  }

  /** Number of weights, gaps not counted. */
  public long count() {
    return parameters.stream().mapToLong(Parameter::size).sum();
  }

  /** Collects the parameters of an owner while its layers are built. */
  public static final class Builder {
    private final List<Parameter> parameters = new ArrayList<>();

    /** Adds a matrix drawn from N(0, deviation) and returns its index. */
    public int weight(String name, int rows, int columns, double deviation) {
      return add(new Parameter(name, rows, columns, new Parameter.Start.Normal(deviation)));
    }

    /** Adds a vector of equal values and returns its index. */
    public int vector(String name, int columns, double value) {
      return add(new Parameter(name, 1, columns, new Parameter.Start.Constant(value)));
    }

    public ParameterLayout build() {
      return new ParameterLayout(parameters);
    }

    private int add(Parameter parameter) {
      parameters.add(parameter);
      return parameters.size() - 1;
    }
  }
}
