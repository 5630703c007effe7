package jingwei.model.library;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A folder in the temporary folder, where all users may write. Code is loaded from it, so it must
 * belong to this user, and only this user may write to it. If the usual folder fails this test, a
 * new one is created, and files unpacked there are deleted when the JVM ends.
 */
final class PrivateFolder implements Place {
  private static final FileAttribute<Set<PosixFilePermission>> FOR_OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path temporary;
  private Path folder;
  private boolean isFresh;

  PrivateFolder(Path temporary) {
    this.temporary = temporary;
  }

  @Override
  public String name() {
    return folder == null ? temporary.toString() : folder.toString();
  }

  @Override
  public Path folder() throws IOException {
    if (folder == null) {
      Path expected = temporary.resolve("jingwei-" + Integer.toUnsignedString(Posix.user()));
      folder = isOurs(expected) ? expected : fresh();
    }
    return folder;
  }

  private static boolean isOurs(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, FOR_OWNER);
    } catch (FileAlreadyExistsException e) {
      return isPrivate(folder);
    }
    return true;
  }

  private static boolean isPrivate(Path folder) throws IOException {
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        && Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(Posix.user())
        && !permissions.contains(PosixFilePermission.GROUP_WRITE)
        && !permissions.contains(PosixFilePermission.OTHERS_WRITE);
  }

  private Path fresh() throws IOException {
    isFresh = true;
    Path made = Files.createTempDirectory(temporary, "jingwei-", FOR_OWNER);
    made.toFile().deleteOnExit();
    return made;
  }

  @Override
  public void keep(Path unpacked, Iterable<String> files) {
    if (isFresh) { // deletes in reverse order
      unpacked.toFile().deleteOnExit();
      files.forEach(file -> unpacked.resolve(file).toFile().deleteOnExit());
    }
  }
}
