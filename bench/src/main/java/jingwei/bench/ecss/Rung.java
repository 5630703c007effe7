package jingwei.bench.ecss;

/** A trainer whose steps are measured. */
interface Rung extends AutoCloseable {
  /** Runs steps, and returns their figures. */
  Figures run(int steps);

  @Override
  void close();
}
