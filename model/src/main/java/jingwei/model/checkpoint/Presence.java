package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Whether a file is there: what may not be looked at is not taken for absent. */
final class Presence {
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
      if (isBelowAFile(path)) {
        return null;
      }
      throw new UnreadableCheckpointException(path, e);
    } catch (IOException e) {
      throw new UnreadableCheckpointException(path, e);
    }
  }

  private static boolean isBelowAFile(Path path) {
    for (Path at = path.toAbsolutePath().getParent(); at != null; at = at.getParent()) {
      if (Files.exists(at)) {
        return !Files.isDirectory(at);
      }
    }
    return false;
  }
}
