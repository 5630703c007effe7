package jingwei.bench.ecss;

/**
 * What is measured: a rung at a speed of the link.
 *
 * @param name of the rung
 * @param link "none" if the link is not slowed; else bytes a second in each direction
 * @param domainsPerBatch domains in a step
 */
record Measurement(String name, String link, int domainsPerBatch) {
  /** The name says what the rung is. */
  Measurement {
    RungKind.of(name);
  }

  static final String NONE = "none";

  static Measurement of(String name, int domainsPerBatch) {
    return new Measurement(name, NONE, domainsPerBatch);
  }

  /**
   * The same rung with a slower link.
   *
   * @param bytesPerSecond in each direction; infinite if the link is not slowed
   */
  Measurement at(double bytesPerSecond) {
    String slowed = Double.isInfinite(bytesPerSecond) ? NONE : "%.0f".formatted(bytesPerSecond);
    return new Measurement(name, slowed, domainsPerBatch);
  }

  /** What the rung is. */
  RungKind kind() {
    return RungKind.of(name);
  }

  boolean isSlowed() {
    return !link.equals(NONE);
  }

  /** Bytes a second in each direction; infinite if the link is not slowed. */
  double bandwidth() {
    return isSlowed() ? Double.parseDouble(link) : Double.POSITIVE_INFINITY;
  }
}
