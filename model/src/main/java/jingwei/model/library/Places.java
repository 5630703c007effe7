package jingwei.model.library;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where libraries may be kept, and the checks that a folder must pass. */
final class Places {
  private static final List<Place> HERE =
      of(
          System.getenv(),
          System.getProperty("user.home"),
          Path.of(System.getProperty("java.io.tmpdir")));

  private Places() {}

  /** The places of this process, the preferred one first. */
  static List<Place> here() {
    return HERE;
  }

  /**
   * @param userHome as the JVM reports it: {@code ?} for a user without a home
   */
  static List<Place> of(Map<String, String> environment, String userHome, Path temporary) {
    List<Place> places = new ArrayList<>();
    String cache = environment.get("XDG_CACHE_HOME");
    if (isAbsolute(cache)) {
      places.add(new Place.Fixed(Path.of(cache, "jingwei")));
    }
    String home = isAbsolute(environment.get("HOME")) ? environment.get("HOME") : userHome;
    if (isAbsolute(home)) {
      places.add(new Place.Fixed(Path.of(home, ".cache", "jingwei")));
    }
    places.add(new PrivateFolder(temporary));
    return places;
  }

  private static boolean isAbsolute(String path) {
    return path != null && path.startsWith("/");
  }

  /**
   * Creates the folder if it does not exist.
   *
   * @throws IOException if it cannot be written to, or code cannot be loaded from it
   */
  static void requireUsable(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path probe = Files.createTempFile(folder, "probe.", "");
    try {
      Files.write(probe, new byte[] {0});
      requireCode(probe);
    } finally {
      Files.delete(probe);
    }
  }

  /**
   * @throws IOException if code from this file cannot be loaded
   */
  static void requireCode(Path file) throws IOException {
    if (!Posix.mayRun(file)) {
      throw new IOException("code cannot be loaded from it; is it mounted with noexec?");
    }
  }
}
