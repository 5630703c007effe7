package jingwei.cluster.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import jingwei.actors.settings.NodeSettings;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
import jingwei.model.corpus.DataSource;

/** Checks what a client submits: its name, its values, and the files that it wants to read. */
final class Submission {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final NodeSettings SEVERAL = new NodeSettings(1, 1);

  private final List<Path> readable;

  /**
   * @param readable folders that sessions may read
   */
  Submission(List<Path> readable) {
    this.readable = List.copyOf(readable);
  }

  /**
   * Returns the configuration of a session as its nodes use it.
   *
   * @throws UserException if anything is wrong
   */
  String checked(String name, String text) {
    requireName(name);
    Configuration configuration =
        Configuration.ofText(text, "session " + name).with(Map.of("transport.folder", ""), "node");
    RunSettings settings = RunSettings.of(configuration);
    if (!settings.session().nodes().isOneNode() || !settings.session().throughActors()) {
      throw new UserException(
          "A cluster trains with the nodes that were started for it; leave out devices, hosts and trainer.");
    }
    SEVERAL.check(settings.optimizer().rules(), settings.batch().of(List.of("any")));
    List<DataSource> sources = settings.data().sources().stream().map(DataSource::parse).toList();
    sources.stream()
        .filter(source -> !source.isStandardInput())
        .forEach(source -> requireReadable(source.path()));
    if (!settings.data().tokenizer().isTrained()) {
      requireReadable(settings.data().tokenizer().file());
    }
    return absolute(configuration, settings, sources).render();
  }

  /** Every coordinator must find the same files, wherever it was started. */
  private static Configuration absolute(
      Configuration configuration, RunSettings settings, List<DataSource> sources) {
    Configuration result =
        sources.isEmpty()
            ? configuration
            : configuration.with(
                Map.of("data.sources", sources.stream().map(DataSource::absolute).toList()),
                "node");
    return settings.data().tokenizer().isTrained()
        ? result
        : result.with(
            Map.of(
                "tokenizer.file",
                Path.of(settings.data().tokenizer().file()).toAbsolutePath().toString()),
            "node");
  }

  /**
   * @throws UserException if this is no name of a session
   */
  static void requireName(String name) {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new UserException(
          "The session name '%s' cannot be used; take 1 to 64 letters, digits, dots, hyphens and underscores, with a letter or digit first."
              .formatted(name));
    }
  }

  private void requireReadable(String path) {
    Path wanted = Path.of(path).toAbsolutePath().normalize();
    if (readable.stream().noneMatch(folder -> isBelow(wanted, folder))) {
      throw new UserException(
          "The session may not read %s: it is in none of the folders of cluster.data (%s) of the node that leads the sessions."
              .formatted(path, String.join(", ", readable.stream().map(Path::toString).toList())));
    }
  }

  /** Neither the name nor the file behind a link may lead out of the folder. */
  private static boolean isBelow(Path wanted, Path folder) {
    if (!wanted.startsWith(folder)) {
      return false;
    }
    Path existing = wanted;
    while (existing != null && !Files.exists(existing)) { // a pattern, for instance
      existing = existing.getParent();
    }
    try {
      return existing != null
          && (existing.toRealPath().startsWith(folder.toRealPath()) || folder.startsWith(existing));
    } catch (IOException e) {
      return false;
    }
  }
}
