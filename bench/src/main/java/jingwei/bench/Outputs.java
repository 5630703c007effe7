package jingwei.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.model.UserException;

/** Where a benchmark writes what it measured. */
public final class Outputs {
  private Outputs() {}

  /**
   * The folder of a run; a new one, whose name is printed, if none is given.
   *
   * @param run may be null
   */
  public static Path folder(Path run, String prefix) throws IOException {
    if (run != null) {
      return run;
    }
    Path folder = Files.createTempDirectory(prefix);
    System.err.printf("--run %s goes on if this run is interrupted.%n", folder);
    return folder;
  }

  /**
   * Checks before a long run that a file can be written after it.
   *
   * @param file may be null
   * @throws UserException if the folder of the file does not exist
   */
  public static void requireFolderOf(Path file) {
    if (file != null && !Files.isDirectory(file.toAbsolutePath().getParent())) {
      throw new UserException("The folder of %s does not exist; create it first.".formatted(file));
    }
  }
}
