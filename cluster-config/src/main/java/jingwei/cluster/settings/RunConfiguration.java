package jingwei.cluster.settings;

import java.util.Map;

/**
 * The configuration of one run: its settings, and its text for {@code config.conf} and every
 * checkpoint.
 */
public final class RunConfiguration {
  private final Configuration configuration;
  private final RunSettings settings;

  private RunConfiguration(Configuration configuration, RunSettings settings) {
    this.configuration = configuration;
    this.settings = settings;
  }

  /**
   * Reads every value, once.
   *
   * @throws jingwei.model.UserException if a value has the wrong type or is out of range
   */
  public static RunConfiguration of(Configuration configuration) {
    return new RunConfiguration(configuration, RunSettings.of(configuration));
  }

  public RunSettings settings() {
    return settings;
  }

  /** Every key with its value, as {@link Configuration#ofText} reads it. */
  public String text() {
    return configuration.render();
  }

  /** This configuration with the planned number of steps of a timed run; a resumed run keeps it. */
  public RunConfiguration withSteps(long steps) {
    return new RunConfiguration(
        configuration.with(Map.of("steps", steps, "minutes", 0), "--minutes"),
        settings.withSteps(steps));
  }
}
