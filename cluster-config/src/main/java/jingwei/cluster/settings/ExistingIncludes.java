package jingwei.cluster.settings;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigParseable;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jingwei.model.UserException;

/**
 * Follows the includes of the user's own file. A missing file is an error; HOCON itself would
 * ignore it.
 */
record ExistingIncludes(Path file)
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  private static final List<String> ENDINGS = List.of("", ".conf", ".json", ".properties");

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    return ENDINGS.stream()
        .map(ending -> context.relativeTo(what + ending))
        .flatMap(candidate -> parsed(candidate, context).stream())
        .findFirst()
        .orElseThrow(() -> missing(what));
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    for (String ending : ENDINGS) {
      File there = new File(what + ending);
      if (there.isFile()) {
        return ConfigFactory.parseFile(there, required(context)).root();
      }
    }
    throw missing(what);
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    try {
      return ConfigFactory.parseURL(what, required(context)).root();
    } catch (ConfigException.IO e) {
      throw missing(what);
    }
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    try {
      return ConfigFactory.parseResources(what, required(context)).root();
    } catch (ConfigException.IO e) {
      throw missing(what);
    }
  }

  /** Empty if the file does not exist. */
  private static Optional<ConfigObject> parsed(
      ConfigParseable candidate, ConfigIncludeContext context) {
    try {
      return Optional.ofNullable(candidate).map(there -> there.parse(required(context)));
    } catch (ConfigException.IO notThere) {
      return Optional.empty();
    }
  }

  private static ConfigParseOptions required(ConfigIncludeContext context) {
    return context.parseOptions().setSyntax(null).setOriginDescription(null).setAllowMissing(false);
  }

  private UserException missing(Object what) {
    return new UserException(
        "The configuration file %s includes '%s', which does not exist; check the name."
            .formatted(file, what));
  }
}
