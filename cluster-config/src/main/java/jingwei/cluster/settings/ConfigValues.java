package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import jingwei.model.UserException;

/** Reads single values; errors for a wrong type name the key. */
final class ConfigValues {
  private ConfigValues() {}

  /**
   * Calls a reader on a configuration.
   *
   * @throws UserException if a value has the wrong type
   */
  static <T> T read(Config config, Function<Config, T> reader) {
    try {
      return reader.apply(config);
    } catch (ConfigException | ArithmeticException e) {
      throw new UserException(
          "The configuration has a value of the wrong type: " + e.getMessage() + ".", e);
    }
  }

  static int whole(Config config, String key) {
    double value = config.getDouble(key);
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new UserException(
          "%s = %s must be a whole number of at most %d.".formatted(key, value, Integer.MAX_VALUE));
    }
    return (int) value;
  }

  /**
   * A whole number. Fractions are accepted up to 2^53, where doubles are exact; integers are read
   * exactly.
   */
  static long wholeLong(Config config, String key) {
    double value = config.getDouble(key);
    if (config.getValue(key).unwrapped() instanceof Long exact) {
      return exact;
    }
    if (value != Math.rint(value) || Math.abs(value) > 0x1p53) {
      throw new UserException("%s = %s must be a whole number.".formatted(key, value));
    }
    return (long) value;
  }

  static int bytes(Config config, String key) {
    long bytes = config.getBytes(key);
    if (bytes > Integer.MAX_VALUE) {
      throw new UserException(
          "%s = %,d bytes must not be above %,d bytes.".formatted(key, bytes, Integer.MAX_VALUE));
    }
    return (int) bytes;
  }

  /** Bytes of memory; {@link Long#MAX_VALUE} for {@code unlimited}. */
  static long memory(Config config, String key) {
    return config.getString(key).equals("unlimited") ? Long.MAX_VALUE : config.getBytes(key);
  }

  static <E extends Enum<E>> E choice(Config config, String key, Class<E> type) {
    String given = config.getString(key);
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> spelled(constant).equals(given))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "%s = %s is not one of %s."
                        .formatted(
                            key,
                            given,
                            String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                    .map(ConfigValues::spelled)
                                    .toList()))));
  }

  private static String spelled(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
