package jingwei.model.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacesTest {
  @TempDir Path temporary;

  @Test
  void prefersTheSetCacheThenTheHomeThenTheTemporaryFolder() {
    assertEquals(
        List.of("/x/jingwei", "/h/.cache/jingwei", temporary.toString()),
        names(Map.of("XDG_CACHE_HOME", "/x", "HOME", "/h"), "/u"));
    assertEquals(List.of("/u/.cache/jingwei", temporary.toString()), names(Map.of(), "/u"));
  }

  /** Neither {@code ?}, which the JVM reports without a home, nor a relative path is a place. */
  @Test
  void createsNothingInTheCurrentFolder() {
    for (String home : new String[] {"?", "", "home", null}) {
      assertEquals(List.of(temporary.toString()), names(Map.of(), home));
    }
    assertEquals(
        List.of("/u/.cache/jingwei", temporary.toString()),
        names(Map.of("XDG_CACHE_HOME", "cache", "HOME", ""), "/u"));
  }

  private List<String> names(Map<String, String> environment, String userHome) {
    return Places.of(environment, userHome, temporary).stream().map(Place::name).toList();
  }

  @Test
  void onlyThisUserMayUseTheTemporaryFolder() throws IOException {
    Path made = new PrivateFolder(temporary).folder();
    assertEquals(expected(), made);
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    assertEquals(made, new PrivateFolder(temporary).folder());
  }

  @Test
  void takesNoTemporaryFolderThatOthersMayWriteTo() throws IOException {
    Files.createDirectory(expected());
    for (String permissions : List.of("rwxrwxrwx", "rwxrwx---", "rwx----w-")) {
      Files.setPosixFilePermissions(expected(), PosixFilePermissions.fromString(permissions));
      Path made = new PrivateFolder(temporary).folder();
      assertNotEquals(expected(), made);
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }
  }

  @Test
  void takesNeitherALinkNorAFile() throws IOException {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Files.createSymbolicLink(expected(), elsewhere);
    assertNotEquals(expected(), new PrivateFolder(temporary).folder());
    Files.delete(expected());
    Files.createFile(
        expected(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    assertNotEquals(expected(), new PrivateFolder(temporary).folder());
  }

  /** Only the administrator can create a folder that belongs to another user. */
  @Test
  void takesNoFolderOfAnotherUser() throws IOException {
    Path others = Files.createDirectory(expected());
    try {
      Files.setAttribute(others, "unix:uid", Posix.user() + 1, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      return;
    }
    assertFalse(new PrivateFolder(temporary).folder().equals(others));
  }

  private Path expected() {
    return temporary.resolve("jingwei-" + Posix.user());
  }
}
