package jingwei.bench.cluster;

import java.util.List;

/** The middle of some figures. */
final class Medians {
  private Medians() {}

  /** The median; of an even number of figures, the mean of the two in the middle. */
  static double of(List<Double> figures) {
    List<Double> sorted = figures.stream().sorted().toList();
    int size = sorted.size();
    return (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
  }
}
