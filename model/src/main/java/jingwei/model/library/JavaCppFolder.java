package jingwei.model.library;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Where JavaCPP unpacks the libraries of ND4J. Its default is {@code .javacpp} in the user's home;
 * for a user without a home it is a folder called {@code ?} in the current folder.
 */
public final class JavaCppFolder {
  static final String KEY = "org.bytedeco.javacpp.cachedir";

  private static boolean isChosen;

  private JavaCppFolder() {}

  /**
   * Must be called before the first class of ND4J is used. If the folder in the user's home cannot
   * be used, chooses another one as {@link LibraryFolder} does. If none can be used, JavaCPP
   * reports it.
   */
  public static synchronized void choose() {
    if (isChosen) {
      return;
    }
    isChosen = true;
    if (System.getProperty(KEY) == null && !isUsable(home())) {
      for (Place place : Places.here()) {
        try {
          Path folder = place.folder().resolve("javacpp");
          Places.requireUsable(folder);
          System.setProperty(KEY, folder.toString());
          return;
        } catch (IOException e) {
          // Try the next place.
        }
      }
    }
  }

  private static Path home() {
    return Path.of(System.getProperty("user.home"), ".javacpp", "cache");
  }

  private static boolean isUsable(Path folder) {
    try {
      if (folder.isAbsolute()) {
        Places.requireUsable(folder);
        return true;
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }
}
