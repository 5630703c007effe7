package jingwei.model.library;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.disk.IoReason;

/**
 * Unpacks native libraries, which come in jars and are loaded from files. Each user has one copy,
 * in the first of these folders that can be written to and that code can be loaded from:
 *
 * <ol>
 *   <li>{@code jingwei} in XDG_CACHE_HOME, if that is set;
 *   <li>{@code .cache/jingwei} in the user's home;
 *   <li>{@code jingwei-UID} in the temporary folder, if only this user may write to it; otherwise a
 *       new folder there, whose libraries are deleted when the JVM ends.
 * </ol>
 *
 * A read-only folder is used if it already holds the files.
 */
public final class LibraryFolder {
  private LibraryFolder() {}

  /** Where the content of a file comes from. */
  public interface Source {
    /**
     * A new stream of the whole content, which the caller closes. Its {@code available()} is the
     * size of the file, as for an entry of a jar and for a file.
     *
     * @throws IOException if there is no such content
     */
    InputStream open(String file) throws IOException;
  }

  /**
   * The folder {@code name} with these files, unpacked if it does not exist yet. A folder with
   * files of other sizes is replaced. Several processes may unpack at once: a folder gets its name
   * when it is complete.
   *
   * @param name of the folder; contains the version
   * @throws IOException if a source is missing or no folder can be used; the message gives the
   *     reason for each folder
   */
  public static Path unpack(String name, List<String> files, Source source) throws IOException {
    return unpack(Places.here(), name, files, source);
  }

  static synchronized Path unpack(
      List<Place> places, String name, List<String> files, Source source) throws IOException {
    Map<String, Long> sizes = sizes(files, source);
    List<String> reasons = new ArrayList<>();
    for (Place place : places) {
      try {
        Path folder = unpack(place.folder(), name, sizes, source);
        place.keep(folder, sizes.keySet());
        return folder;
      } catch (IOException e) {
        reasons.add("%s (%s)".formatted(place.name(), IoReason.of(e)));
      }
    }
    throw new IOException(
        "no folder for the library %s: %s".formatted(name, String.join(", ", reasons)));
  }

  private static Map<String, Long> sizes(List<String> files, Source source) throws IOException {
    Map<String, Long> sizes = new LinkedHashMap<>();
    for (String file : files) {
      try (InputStream in = source.open(file)) {
        sizes.put(file, (long) in.available());
      }
    }
    return sizes;
  }

  private static Path unpack(Path root, String name, Map<String, Long> sizes, Source source)
      throws IOException {
    Path folder = root.resolve(name);
    if (holds(folder, sizes)) {
      Places.requireCode(folder.resolve(sizes.keySet().iterator().next()));
      return folder;
    }
    Places.requireUsable(root);
    Path growing = Files.createTempDirectory(root, name + ".");
    try {
      for (Map.Entry<String, Long> file : sizes.entrySet()) {
        copy(file.getKey(), file.getValue(), growing, source);
      }
      put(growing, folder, sizes);
    } finally {
      FileTree.remove(growing);
    }
    return folder;
  }

  private static void copy(String file, long size, Path folder, Source source) throws IOException {
    try (InputStream in = source.open(file)) {
      long copied = Files.copy(in, folder.resolve(file));
      if (copied != size) {
        throw new IOException("%s has %d bytes instead of %d".formatted(file, copied, size));
      }
    }
  }

  private static void put(Path growing, Path folder, Map<String, Long> sizes) throws IOException {
    try {
      Files.move(growing, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException somethingHasTheName) { // complete by another process, or outdated
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolveSibling(".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock held = channel.lock()) {
        assert held.isValid();
        if (!holds(folder, sizes)) {
          replace(folder, growing, sizes);
        }
      }
    }
  }

  /** Runs under the lock, so that it never moves away what another process has just put there. */
  private static void replace(Path folder, Path growing, Map<String, Long> sizes)
      throws IOException {
    Path old = growing.resolveSibling(growing.getFileName() + ".old");
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(growing, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!holds(folder, sizes)) { // otherwise another process moved first, without the lock
        throw e;
      }
    } finally {
      FileTree.remove(old);
    }
  }

  private static boolean holds(Path folder, Map<String, Long> sizes) throws IOException {
    try {
      for (Map.Entry<String, Long> file : sizes.entrySet()) {
        Path path = folder.resolve(file.getKey());
        if (!Files.isRegularFile(path) || Files.size(path) != file.getValue()) {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException e) { // another process is replacing it
      return false;
    }
  }
}
