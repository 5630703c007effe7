package jingwei.model.disk;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in plain words why a file could not be read or written. */
public final class IoReason {
  private IoReason() {}

  /** The reason alone, for a sentence that names the file. */
  public static String of(IOException e) {
    return switch (e) {
      case CharacterCodingException _ -> "not UTF-8";
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException _ -> "no such file or folder";
      case NotDirectoryException _ -> "not a folder";
      case DirectoryNotEmptyException _ -> "a folder that is not empty is in its place";
      case FileAlreadyExistsException _ -> "something of that name is there already";
      case FileSystemException known when known.getReason() != null -> known.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  /** The file, if it is known, and the reason, for a sentence that does not name the file. */
  public static String withFile(IOException e) {
    return e instanceof FileSystemException known && known.getFile() != null
        ? "%s: %s".formatted(known.getFile(), of(e))
        : of(e);
  }
}
