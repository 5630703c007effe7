package jingwei.model.library;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Native libraries travel in jars and are loaded from files: they are unpacked once for each user,
 * into {@code jingwei/NAME} of the user's cache (XDG_CACHE_HOME, else ~/.cache).
 */
public final class LibraryFolder {
  private LibraryFolder() {}

  /** Where the content of a file comes from. */
  public interface Source {
    InputStream open(String file) throws IOException;
  }

  /**
   * The folder with these files, unpacked if it is not there yet. Several processes may do so at
   * once: a folder appears under its name when it is complete.
   *
   * @param name of the folder, with the version in it
   * @throws IOException if the cache cannot be written, or a source is missing
   */
  public static Path unpack(String name, List<String> files, Source source) throws IOException {
    Path folder = cache().resolve("jingwei").resolve(name);
    if (Files.isDirectory(folder)) {
      for (String file : files) {
        if (!Files.isRegularFile(folder.resolve(file))) {
          throw new IOException("%s is not complete, remove it".formatted(folder));
        }
      }
      return folder;
    }
    Files.createDirectories(folder.getParent());
    Path growing = Files.createTempDirectory(folder.getParent(), name + ".");
    try {
      for (String file : files) {
        try (InputStream in = source.open(file)) {
          Files.copy(in, growing.resolve(file));
        }
      }
      Files.move(growing, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      for (String file : files) {
        Files.deleteIfExists(growing.resolve(file));
      }
      Files.delete(growing);
      if (!Files.isDirectory(folder)) { // else another process was faster
        throw e;
      }
    }
    return folder;
  }

  private static Path cache() {
    String set = System.getenv("XDG_CACHE_HOME");
    return set == null || set.isEmpty()
        ? Path.of(System.getProperty("user.home", "."), ".cache")
        : Path.of(set);
  }
}
