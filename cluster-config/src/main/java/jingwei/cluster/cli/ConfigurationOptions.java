package jingwei.cluster.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
import picocli.CommandLine.Option;

/** The command-line options of a configuration. */
final class ConfigurationOptions {
  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "demo, demo-dense, small, bench, ...")
  private String preset;

  @Option(names = "--config", paramLabel = "FILE", description = "HOCON file over the preset")
  private Path file;

  @Option(names = "--set", paramLabel = "key=value", description = "one value over everything else")
  private List<String> assignments = List.of();

  Configuration resolve() {
    return Configuration.resolve(preset == null ? "demo" : preset, file, assignments);
  }

  /**
   * The configuration with values of a command over the preset and below the file.
   *
   * @param origin of these values
   */
  Configuration resolve(Map<String, ?> values, String origin) {
    return Configuration.resolve(
        preset == null ? "demo" : preset, values, origin, file, assignments);
  }

  /** The settings that result from the options. */
  RunSettings settings() {
    return RunSettings.of(resolve());
  }

  /** The default settings. */
  static RunSettings usual() {
    return new ConfigurationOptions().settings();
  }

  boolean hasPreset() {
    return preset != null;
  }

  /** Refuses these options if the configuration comes from a checkpoint. */
  void refuseBeside(String option) {
    if (preset != null || file != null || !assignments.isEmpty()) {
      throw new UserException(
          "%s brings its own configuration; leave out --preset, --config and --set."
              .formatted(option));
    }
  }
}
