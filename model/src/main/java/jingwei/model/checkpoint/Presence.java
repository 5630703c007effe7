package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Whether a file is there: what may not be looked at is not taken for absent. */
final class Presence {
  private static final String BELOW_A_FILE = "Not a directory";

  private Presence() {}

  /**
   * @throws UnreadableCheckpointException if it cannot be said at the moment
   */
  static boolean of(Path path) {
    return identity(path) != null;
  }

  /**
   * What tells a file from another one that takes its name later; null if there is none.
   *
   * @throws UnreadableCheckpointException if it cannot be said at the moment
   */
  static Object identity(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException notThere) {
      return null;
    } catch (FileSystemException e) {
      if (BELOW_A_FILE.equals(e.getReason())) {
        return null;
      }
      throw new UnreadableCheckpointException(path, e);
    } catch (IOException e) {
      throw new UnreadableCheckpointException(path, e);
    }
  }
}
