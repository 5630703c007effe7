package jingwei.bench.ecss;

/** A trainer whose steps are measured. */
interface Rung extends AutoCloseable {
  /**
   * Runs steps whose figures do not count.
   *
   * @param measured steps that follow and count; none of their experts is new then
   */
  void warmUp(int steps, int measured);

  /** Runs steps, and returns their figures. */
  Figures run(int steps);

  @Override
  void close();
}
