package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/**
 * Reads HOCON. Only the user's own file may include files and refer to the environment. Any other
 * text is untrusted and may hold only values.
 */
final class Hocon {
  private Hocon() {}

  /** A built-in resource. */
  static Config resource(String name, String origin) {
    return ConfigFactory.parseResources(
        Hocon.class.getClassLoader(),
        name,
        ConfigParseOptions.defaults().setAllowMissing(false).setOriginDescription(origin));
  }

  /**
   * The user's own file, with its includes.
   *
   * @throws UserException if the file or one of its includes is missing, unreadable or not HOCON
   */
  static Config userFile(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new UserException(
          "The configuration file %s cannot be read; check that it exists and is readable."
              .formatted(file));
    }
    requireUtf8(file);
    ConfigParseOptions options =
        ConfigParseOptions.defaults()
            .setAllowMissing(false)
            .setIncluder(new ExistingIncludes(file));
    return parsed(
        "The configuration file %s is not HOCON".formatted(file),
        () -> ConfigFactory.parseFile(file.toFile(), options));
  }

  /**
   * Parses text that may hold only values.
   *
   * @param origin the origin of its values
   * @param name of the text, at the start of error messages
   * @throws UserException if it is not HOCON, includes something or refers to another value
   */
  static Config values(String text, String origin, String name) {
    ConfigParseOptions options =
        ConfigParseOptions.defaults()
            .setOriginDescription(origin)
            .setIncluder(new RefusedIncludes(name));
    Config config = parsed(name + " is not HOCON", () -> ConfigFactory.parseString(text, options));
    if (!config.isResolved()) {
      throw new UserException(
          "%s refers to another value or to the environment; only the file of --config may do so, so write the value itself."
              .formatted(name));
    }
    return config;
  }

  /** Replaces the references in the user's own file by their values. */
  static Config resolved(Config config) {
    return parsed(
        "The configuration cannot be resolved",
        () -> config.resolve(ConfigResolveOptions.defaults()));
  }

  private static Config parsed(String wrong, Supplier<Config> parse) {
    try {
      return parse.get();
    } catch (ConfigException e) {
      throw new UserException("%s: %s.".formatted(wrong, withoutStop(e.getMessage())), e);
    } catch (StackOverflowError e) {
      throw new UserException("%s: it is nested too deeply.".formatted(wrong), e);
    }
  }

  private static String withoutStop(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private static void requireUtf8(Path file) {
    try {
      Files.readString(file);
    } catch (IOException e) {
      throw new UserException(
          "The configuration file %s cannot be read as UTF-8 text (%s); check its encoding."
              .formatted(file, IoReason.of(e)),
          e);
    }
  }
}
