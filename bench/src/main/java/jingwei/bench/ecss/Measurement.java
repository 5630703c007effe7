package jingwei.bench.ecss;

/**
 * What is measured: a rung at a speed of the link.
 *
 * @param name of the rung
 * @param link "none" if the link is not slowed; else bytes a second in each direction
 * @param domainsPerBatch domains in a step
 */
record Measurement(String name, String link, int domainsPerBatch) {
  static final String NONE = "none";

  static Measurement of(String name, int domainsPerBatch) {
    return new Measurement(name, NONE, domainsPerBatch);
  }

  Measurement at(double bytesPerSecond) {
    return new Measurement(name, "%.0f".formatted(bytesPerSecond), domainsPerBatch);
  }

  boolean isSlowed() {
    return !link.equals(NONE);
  }

  /** Bytes a second in each direction. */
  double bandwidth() {
    return Double.parseDouble(link);
  }
}
