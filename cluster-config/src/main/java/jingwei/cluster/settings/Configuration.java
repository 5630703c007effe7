package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/** A complete configuration: every key with its value and the origin of the value. */
public final class Configuration {
  /**
   * Presets, smallest first. The last three serve to count parameters; they are too large to train
   * here.
   */
  public static final List<String> PRESETS =
      List.of(
          "demo",
          "demo-dense",
          "small",
          "bench",
          "ecss",
          "pangu-alpha-2.6b",
          "pangu-alpha-13b",
          "pangu-sigma-1085b");

  /** Prefix of the origins of built-in layers; no path of a user's file starts with it. */
  private static final String BUILT_IN = "\u0000";

  private static final String PRESET = BUILT_IN + "preset ";
  private static final String DEFAULT = BUILT_IN + "default";
  private static final Config DEFAULTS = Hocon.resource("jingwei-defaults.conf", DEFAULT);

  /** The last line of values in a rendered configuration. */
  private static final String LAST_KEY = "transport.termBytes";

  private static final String EARLIER = BUILT_IN + "earlier versions";

  /** Values that runs used before their key existed. */
  private static final Config EARLIER_VALUES =
      ConfigFactory.parseMap(Map.of("data.fileOrder", "path"), EARLIER);

  /** Under these keys, any name is allowed. */
  private static final List<String> FREE_KEYS = List.of("data.weights");

  private final Config config;

  private Configuration(Config config) {
    this.config = config;
  }

  /**
   * Merges the layers; later ones override: defaults, preset, file, single values.
   *
   * @param preset a name of {@link #PRESETS}
   * @param file HOCON; null for none
   * @param assignments {@code key=value}
   */
  public static Configuration resolve(String preset, Path file, List<String> assignments) {
    return resolve(preset, Map.of(), preset, file, assignments);
  }

  /**
   * Merges the layers, with values of a command between preset and file.
   *
   * @param values known keys
   * @param origin of these values
   */
  public static Configuration resolve(
      String preset, Map<String, ?> values, String origin, Path file, List<String> assignments) {
    Config config =
        ConfigFactory.parseMap(values, origin).withFallback(preset(preset)).withFallback(DEFAULTS);
    if (file != null) {
      config = checked(Hocon.userFile(file), file.toString()).withFallback(config);
    }
    return new Configuration(Hocon.resolved(config)).withAssignments(assignments);
  }

  /** Overrides single values, given as {@code key=value}. */
  public Configuration withAssignments(List<String> assignments) {
    Config result = config;
    for (String assignment : assignments) {
      if (assignment.indexOf('=') < 1) {
        throw new UserException("--set %s is not of the form key=value.".formatted(assignment));
      }
      String name = "--set " + assignment;
      result = checked(Hocon.values(assignment, "--set", name), name).withFallback(result);
    }
    return new Configuration(result);
  }

  /**
   * Reads the configuration of a run from the text of {@link #render}. Keys that are newer than the
   * run get the values of its time.
   */
  public static Configuration ofText(String text, String origin) {
    Config values = Hocon.values(text, origin, "The configuration of " + origin);
    return new Configuration(
        checked(values, origin).withFallback(EARLIER_VALUES).withFallback(DEFAULTS));
  }

  /**
   * Merges this configuration, that of a run, with the one that the command line gives for a
   * resume.
   *
   * @param given the configuration of the command line, resolved as for a new run
   * @param withPreset true if the command line also names a preset
   * @param untouched keys that always keep the run's values
   * @throws UserException naming every value that would change the result
   */
  public Configuration resumedWith(Configuration given, boolean withPreset, Set<String> untouched) {
    Map<String, ConfigValue> values = flat(given.config);
    values.keySet().removeAll(untouched);
    values
        .values()
        .removeIf(
            value ->
                origin(value).equals(DEFAULT)
                    || origin(value).equals(EARLIER)
                    || (!withPreset && origin(value).startsWith(PRESET)));
    Config result = config;
    for (Map.Entry<String, ConfigValue> change :
        ResumeRule.changes(flat(config), values).entrySet()) {
      result = result.withValue(change.getKey(), change.getValue());
    }
    return new Configuration(result);
  }

  /**
   * Reads the configuration file of a run's folder.
   *
   * @param damage receives a sentence if the file is damaged
   * @return empty if the file is damaged, for instance cut short
   * @throws UserException if it cannot be read at the moment
   */
  public static Optional<Configuration> ofFile(Path file, Consumer<String> damage) {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      damage.accept("The configuration file %s is not UTF-8 text.".formatted(file));
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(
          "The configuration file %s cannot be read (%s); check that it exists and is readable."
              .formatted(file, IoReason.of(e)),
          e);
    }
    try {
      Configuration configuration = ofText(text, file.toString());
      // A file that was cut short may still be HOCON; the last key that is written tells.
      if (!configuration.isOf(LAST_KEY, file.toString())) {
        damage.accept("The configuration file %s ends early.".formatted(file));
        return Optional.empty();
      }
      return Optional.of(configuration);
    } catch (UserException e) {
      damage.accept(e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isOf(String key, String origin) {
    return origin(config.getValue(key)).equals(origin);
  }

  /** Replaces values. */
  public Configuration with(Map<String, ?> values, String origin) {
    Config over = ConfigFactory.parseMap(new TreeMap<>(values), origin);
    return new Configuration(over.withFallback(config));
  }

  /** True until the number of steps of a timed run is planned. */
  public boolean isPlannedByTime() {
    return ConfigValues.read(config, values -> values.getDouble("minutes") > 0);
  }

  Config config() {
    return config;
  }

  /** Every key with its value, one per line, for {@link #ofText}. */
  public String render() {
    ConfigRenderOptions options =
        ConfigRenderOptions.defaults().setOriginComments(false).setComments(false).setJson(false);
    return config.root().render(options);
  }

  /** Every key with its value and its origin, for users to read. */
  public List<String> lines() {
    return new TreeMap<>(flat(config))
        .entrySet().stream()
            .map(
                entry ->
                    "%-32s = %-12s # %s"
                        .formatted(
                            entry.getKey(),
                            entry.getValue().render(ConfigRenderOptions.concise()),
                            origin(entry.getValue()).replace(BUILT_IN, "")))
            .toList();
  }

  private static String origin(ConfigValue value) {
    String description = value.origin().description();
    return description.replaceFirst(": \\d+$", "").replaceFirst("^" + DEFAULT + ".*", DEFAULT);
  }

  private static Config preset(String name) {
    if (!PRESETS.contains(name)) {
      throw new UserException(
          "There is no preset '%s'; the nearest is '%s' (all presets: %s)."
              .formatted(name, Nearest.of(name, PRESETS), String.join(", ", PRESETS)));
    }
    return Hocon.resource("presets/" + name + ".conf", PRESET + name);
  }

  private static Config checked(Config layer, String where) {
    return known(layer, DEFAULTS, where);
  }

  /**
   * Returns a layer if all its keys are known.
   *
   * @param defaults has all known keys
   * @param where the layer comes from
   * @throws UserException that names an unknown key
   */
  static Config known(Config layer, Config defaults, String where) {
    Map<String, ConfigValue> known = flat(defaults);
    for (String key : flat(layer).keySet()) {
      boolean open =
          FREE_KEYS.stream().anyMatch(prefix -> key.equals(prefix) || key.startsWith(prefix + "."));
      if (!open && !known.containsKey(key)) {
        throw new UserException(
            "%s sets the unknown key '%s'; the nearest known one is '%s' ('jingwei config' prints them all)."
                .formatted(where, key, Nearest.of(key, known.keySet())));
      }
    }
    return layer;
  }

  private static Map<String, ConfigValue> flat(Config config) {
    Map<String, ConfigValue> flat = new TreeMap<>();
    config
        .entrySet()
        .forEach(entry -> flat.put(entry.getKey().replace("\"", ""), entry.getValue()));
    return flat;
  }
}
