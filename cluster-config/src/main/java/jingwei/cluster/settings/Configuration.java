package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.UserException;

/** A complete configuration, every key with its value and where the value comes from. */
public final class Configuration {
  /** Presets, smallest first; the last three are shapes to be counted, not to be trained here. */
  public static final List<String> PRESETS =
      List.of(
          "demo",
          "demo-dense",
          "small",
          "bench",
          "pangu-alpha-2.6b",
          "pangu-alpha-13b",
          "pangu-sigma-1085b");

  private static final Config DEFAULTS =
      ConfigFactory.parseResources(
          Configuration.class.getClassLoader(),
          "jingwei-defaults.conf",
          ConfigParseOptions.defaults().setAllowMissing(false).setOriginDescription("default"));

  /** Keys below these may have any name. */
  private static final List<String> OPEN = List.of("data.weights");

  private final Config config;

  private Configuration(Config config) {
    this.config = config;
  }

  /**
   * Puts the layers over each other: defaults, preset, file, single values.
   *
   * @param preset a name of {@link #PRESETS}
   * @param file HOCON; null for none
   * @param assignments {@code key=value}
   */
  public static Configuration resolve(String preset, Path file, List<String> assignments) {
    Config config = preset(preset).withFallback(DEFAULTS);
    if (file != null) {
      config = checked(parse(file), file.toString()).withFallback(config);
    }
    return new Configuration(resolved(config)).withAssignments(assignments);
  }

  /** The same with single values, {@code key=value}, over it. */
  public Configuration withAssignments(List<String> assignments) {
    Config result = config;
    for (String assignment : assignments) {
      result = checked(parse(assignment), "--set " + assignment).withFallback(result);
    }
    return new Configuration(resolved(result));
  }

  /** A configuration that was printed by {@link #render}; keys added since get their defaults. */
  public static Configuration ofText(String text, String origin) {
    try {
      ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(origin);
      Config parsed = checked(ConfigFactory.parseString(text, options), origin);
      return new Configuration(resolved(parsed.withFallback(DEFAULTS)));
    } catch (ConfigException.Parse e) {
      throw new UserException(
          "The configuration of %s is not HOCON: %s.".formatted(origin, e.getMessage()), e);
    }
  }

  /** The configuration that stands in a run's folder. */
  public static Configuration ofFile(Path file) {
    try {
      return ofText(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new UserException(
          "The configuration file %s cannot be read (%s); check that it is there and may be read."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** The same with other values. */
  public Configuration with(Map<String, ?> values, String origin) {
    Config over = ConfigFactory.parseMap(new TreeMap<>(values), origin);
    return new Configuration(over.withFallback(config));
  }

  Config config() {
    return config;
  }

  /** Every key with its value, one a line, to be read again. */
  public String render() {
    ConfigRenderOptions options =
        ConfigRenderOptions.defaults().setOriginComments(false).setComments(false).setJson(false);
    return config.root().render(options);
  }

  /** Every key with its value and its origin, for people. */
  public List<String> lines() {
    return new TreeMap<>(flat(config))
        .entrySet().stream()
            .map(
                entry ->
                    "%-32s = %-12s # %s"
                        .formatted(
                            entry.getKey(),
                            entry.getValue().render(ConfigRenderOptions.concise()),
                            origin(entry.getValue())))
            .toList();
  }

  private static String origin(ConfigValue value) {
    String description = value.origin().description();
    return description.replaceFirst(": \\d+$", "").replaceFirst("^default.*", "default");
  }

  private static Config preset(String name) {
    if (!PRESETS.contains(name)) {
      throw new UserException(
          "There is no preset '%s'; the nearest is '%s', and all are %s."
              .formatted(name, Nearest.of(name, PRESETS), String.join(", ", PRESETS)));
    }
    return ConfigFactory.parseResources(
        Configuration.class.getClassLoader(),
        "presets/" + name + ".conf",
        ConfigParseOptions.defaults()
            .setAllowMissing(false)
            .setOriginDescription("preset " + name));
  }

  private static Config parse(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new UserException(
          "The configuration file %s cannot be read; check that it is there and may be read."
              .formatted(file));
    }
    try {
      return ConfigFactory.parseFile(file.toFile());
    } catch (ConfigException.Parse e) {
      throw new UserException(
          "The configuration file %s is not HOCON: %s.".formatted(file, e.getMessage()), e);
    }
  }

  private static Config parse(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new UserException("--set %s is not of the form key=value.".formatted(assignment));
    }
    try {
      return ConfigFactory.parseString(
          assignment, ConfigParseOptions.defaults().setOriginDescription("--set"));
    } catch (ConfigException.Parse e) {
      throw new UserException(
          "--set %s is not HOCON: %s.".formatted(assignment, e.getMessage()), e);
    }
  }

  private static Config checked(Config layer, String where) {
    Map<String, ConfigValue> known = flat(DEFAULTS);
    for (String key : flat(layer).keySet()) {
      boolean open =
          OPEN.stream().anyMatch(prefix -> key.equals(prefix) || key.startsWith(prefix + "."));
      if (!open && !known.containsKey(key)) {
        throw new UserException(
            "%s sets the unknown key '%s'; the nearest known one is '%s' ('jingwei config' prints them all)."
                .formatted(where, key, Nearest.of(key, known.keySet())));
      }
    }
    return layer;
  }

  private static Config resolved(Config config) {
    try {
      return config.resolve();
    } catch (ConfigException e) {
      throw new UserException("The configuration cannot be resolved: " + e.getMessage(), e);
    }
  }

  private static Map<String, ConfigValue> flat(Config config) {
    Map<String, ConfigValue> flat = new TreeMap<>();
    config
        .entrySet()
        .forEach(entry -> flat.put(entry.getKey().replace("\"", ""), entry.getValue()));
    return flat;
  }
}
