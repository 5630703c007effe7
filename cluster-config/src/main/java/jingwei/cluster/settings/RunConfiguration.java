package jingwei.cluster.settings;

import java.util.Map;

/**
 * The configuration of one run: the settings that were read from it, and its text, which stands in
 * {@code config.conf} and in every checkpoint.
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
   * @throws jingwei.model.UserException if one is of the wrong kind or out of its range
   */
  public static RunConfiguration of(Configuration configuration) {
    return new RunConfiguration(configuration, RunSettings.of(configuration));
  }

  public RunSettings settings() {
    return settings;
  }

  /** Every key with its value, to be read again by {@link Configuration#ofText}. */
  public String text() {
    return configuration.render();
  }

  /** The same when the steps of a run by time are planned, so that a resumed run keeps them. */
  public RunConfiguration withSteps(long steps) {
    return new RunConfiguration(
        configuration.with(Map.of("steps", steps, "minutes", 0), "--minutes"),
        settings.withSteps(steps));
  }
}
