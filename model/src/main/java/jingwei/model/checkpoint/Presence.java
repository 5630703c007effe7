package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Tests whether a file exists; a file that cannot be examined is an error, not an absent one. */
final class Presence {
  private Presence() {}

  /**
   * @throws UnreadableCheckpointException if the file cannot be examined at the moment
   */
  static boolean of(Path path) {
    return identity(path) != null;
  }

  /**
   * An identity that distinguishes a file from a later one with the same name; null if there is no
   * file.
   *
   * @throws UnreadableCheckpointException if the file cannot be examined at the moment
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
