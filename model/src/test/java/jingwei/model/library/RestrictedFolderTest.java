package jingwei.model.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Read-only folders, and folders whose files may not be executed. */
class RestrictedFolderTest {
  @TempDir Path folder;

  private Place place(String name) {
    return new Place.Fixed(folder.resolve(name));
  }

  @Test
  void readsAFolderThatCannotBeWrittenTo() throws IOException {
    Path library = TinyLibrary.unpack(place("cache"));
    Path cache = library.getParent();
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assertEquals(library, TinyLibrary.unpack(place("cache")));
      assumeTrue(!Files.isWritable(cache), "this user may write everywhere");
      Files.write(library.resolve("a.so"), new byte[] {6});
      assertEquals(folder.resolve("next/lib-1"), TinyLibrary.unpack(place("cache"), place("next")));
    } finally {
      Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** Most machines have such a folder for messages between processes or for locks. */
  @Test
  void takesNoFolderWhoseFilesMayNotBeExecuted() throws IOException {
    Path noexec = writableNoexec();
    assumeTrue(noexec != null, "no folder here is mounted with noexec and can be written to");
    Path test = Files.createTempDirectory(noexec, "jingwei-test.");
    try {
      Place refused = new Place.Fixed(test.resolve("cache"));
      assertEquals(folder.resolve("next/lib-1"), TinyLibrary.unpack(refused, place("next")));
      Files.move(folder.resolve("next/lib-1"), folder.resolve("copy"));
      FileTree.remove(test.resolve("cache"));
      Files.createDirectories(test.resolve("cache/lib-1"));
      for (String name : TinyLibrary.FILES) {
        Files.copy(folder.resolve("copy").resolve(name), test.resolve("cache/lib-1/" + name));
      }
      assertEquals(folder.resolve("next/lib-1"), TinyLibrary.unpack(refused, place("next")));
    } finally {
      FileTree.remove(test);
    }
  }

  private static Path writableNoexec() throws IOException {
    for (String mount : Files.readAllLines(Path.of("/proc/self/mounts"))) {
      String[] fields = mount.split(" ", -1);
      Path at = Path.of(fields[1]);
      if (List.of(fields[3].split(",", -1)).contains("noexec")
          && List.of("tmpfs", "ext4", "xfs").contains(fields[2])
          && Files.isWritable(at)) {
        return at;
      }
    }
    return null;
  }
}
