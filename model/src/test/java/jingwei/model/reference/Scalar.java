package jingwei.model.reference;

import java.util.ArrayList;
import java.util.List;

/**
 * Scalars with automatic differentiation, independent of the layers and very slow. Each operation
 * is recorded with its partial derivatives; {@link Tape#backward} traverses the record once.
 */
final class Scalar {
  final double value;
  double gradient;
  private final Scalar[] parents;
  private final double[] partials;

  private Scalar(double value, Scalar[] parents, double[] partials) {
    this.value = value;
    this.parents = parents;
    this.partials = partials;
  }

  /** Records operations in order of execution. */
  static final class Tape {
    private final List<Scalar> record = new ArrayList<>();

    Scalar constant(double value) {
      return node(value, new Scalar[0]);
    }

    Scalar add(Scalar a, Scalar b) {
      return node(a.value + b.value, new Scalar[] {a, b}, 1, 1);
    }

    Scalar multiply(Scalar a, Scalar b) {
      return node(a.value * b.value, new Scalar[] {a, b}, b.value, a.value);
    }

    Scalar scale(Scalar a, double factor) {
      return node(a.value * factor, new Scalar[] {a}, factor);
    }

    Scalar exp(Scalar a) {
      double e = Math.exp(a.value);
      return node(e, new Scalar[] {a}, e);
    }

    Scalar log(Scalar a) {
      return node(Math.log(a.value), new Scalar[] {a}, 1 / a.value);
    }

    Scalar power(Scalar a, double exponent) {
      return node(
          Math.pow(a.value, exponent),
          new Scalar[] {a},
          exponent * Math.pow(a.value, exponent - 1));
    }

    Scalar tanh(Scalar a) {
      double t = Math.tanh(a.value);
      return node(t, new Scalar[] {a}, 1 - t * t);
    }

    Scalar sum(List<Scalar> terms) {
      Scalar sum = constant(0);
      for (Scalar term : terms) {
        sum = add(sum, term);
      }
      return sum;
    }

    void backward(Scalar loss) {
      loss.gradient = 1;
      for (int i = record.size() - 1; i >= 0; i--) {
        Scalar node = record.get(i);
        for (int p = 0; p < node.parents.length; p++) {
          node.parents[p].gradient += node.gradient * node.partials[p];
        }
      }
    }

    private Scalar node(double value, Scalar[] parents, double... partials) {
      Scalar node = new Scalar(value, parents, partials);
      record.add(node);
      return node;
    }
  }
}
