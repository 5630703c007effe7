package jingwei.cluster.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.settings.NodeSettings;
import jingwei.cluster.copy.HeldSession;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
import jingwei.model.corpus.DataSource;

/** Checks what a client submits: its name, its values, and the files that it wants to read. */
public final class Submission {
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
    if (settings.checkpoint().isCopied() && settings.data().readsStandardInput()) {
      throw new UserException(
          "Rows of standard input are kept on one disk only; give a file, or leave out checkpoint.copies.");
    }
    List<DataSource> sources = settings.data().sources().stream().map(DataSource::parse).toList();
    sources.stream()
        .filter(source -> !source.isStandardInput())
        .forEach(source -> requireReadable(source.path()));
    if (!settings.data().tokenizer().isTrained()) {
      requireReadable(settings.data().tokenizer().file());
    }
    return absolute(configuration).render();
  }

  /** The request for a session whose relative paths are those of this process. */
  public static Query.Submit request(String name, Configuration configuration) {
    return new Query.Submit(name, absolute(configuration).render());
  }

  /** The same session with absolute paths: every coordinator must find the same files. */
  static Configuration absolute(Configuration configuration) {
    DataSettings data = RunSettings.of(configuration).data();
    Map<String, Object> paths = new HashMap<>();
    if (!data.sources().isEmpty()) {
      paths.put(
          "data.sources",
          data.sources().stream().map(source -> DataSource.parse(source).absolute()).toList());
    }
    if (!data.tokenizer().isTrained()) {
      paths.put("tokenizer.file", Path.of(data.tokenizer().file()).toAbsolutePath().toString());
    }
    return paths.isEmpty() ? configuration : configuration.with(paths, "session");
  }

  /** Whether a session is kept on two nodes, by its configuration. */
  static boolean isCopied(SessionRecord record) {
    return RunSettings.of(Configuration.ofText(record.configuration(), "session " + record.name()))
        .checkpoint()
        .isCopied();
  }

  /**
   * @throws UserException if this is no name of a session
   */
  static void requireName(String name) {
    if (name == null || !HeldSession.NAME.matcher(name).matches()) {
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
