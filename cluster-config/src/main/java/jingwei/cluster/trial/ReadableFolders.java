package jingwei.cluster.trial;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.settings.DataSettings;
import jingwei.model.corpus.DataSource;

/** The folders that the nodes of a trial must be allowed to read. */
final class ReadableFolders {
  private ReadableFolders() {}

  /** The folders of the sources and of the tokenizer. */
  static List<Path> of(DataSettings data) {
    List<Path> folders = new ArrayList<>();
    data.sources().forEach(source -> folders.add(folder(DataSource.parse(source).path())));
    if (!data.tokenizer().isTrained()) {
      folders.add(folder(data.tokenizer().file()));
    }
    return folders.stream().distinct().toList();
  }

  /** The nearest folder that exists: the path itself, or the one that a file or pattern is in. */
  private static Path folder(String path) {
    Path folder = Path.of(path).toAbsolutePath().normalize();
    while (!Files.isDirectory(folder)) {
      folder = folder.getParent();
    }
    return folder;
  }
}
