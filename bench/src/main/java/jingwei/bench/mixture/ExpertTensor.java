package jingwei.bench.mixture;

import jingwei.model.layer.Gradients;
import jingwei.model.layer.Parameter;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * One flat buffer of an expert, for its weights, moments or gradients.
 *
 * @param shaped the parameters as the layers see them
 * @param rows the parameters as one row each: the optimizer goes through each of them in one loop,
 *     to the same bits
 */
record ExpertTensor(Gradients shaped, Gradients rows) {

  static ExpertTensor allocate(ParameterLayout layout, ElementType type, NativeMemory memory) {
    Matrix flat = memory.matrix(type, 1, layout.length());
    return new ExpertTensor(
        new Gradients(new ParameterSet(layout, flat)),
        new Gradients(new ParameterSet(asRows(layout), flat)));
  }

  /** The same places, with each parameter as one row. */
  static ParameterLayout asRows(ParameterLayout layout) {
    var rows = new ParameterLayout.Builder();
    for (Parameter parameter : layout.parameters()) {
      int size = Math.toIntExact(parameter.size());
      switch (parameter.start()) {
        case Parameter.Start.Normal(double deviation) ->
            rows.weight(parameter.name(), 1, size, deviation);
        case Parameter.Start.Constant(double value) -> rows.vector(parameter.name(), size, value);
      }
    }
    return rows.build();
  }

  /** All elements, [1, length]. */
  Matrix flat() {
    return shaped.values().flat();
  }

  /** The parameters as the layers see them. */
  ParameterSet values() {
    return shaped.values();
  }
}
