package jingwei.model.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFileTest {
  @TempDir private Path folder;

  @Test
  void replacesAFileAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("a.json");
    DurableFile.replace(file, "one");
    DurableFile.replace(file, "two");
    assertEquals("two", Files.readString(file));
    assertEquals(List.of(file), listed());
  }

  @Test
  void keepsTheOldFileIfTheNewOneCannotBeWritten() throws IOException {
    Path file = folder.resolve("a.json");
    DurableFile.replace(file, "one");
    Files.createDirectories(folder.resolve("a.json.partial/full"));
    IOException failed = assertThrows(IOException.class, () -> DurableFile.replace(file, "two"));
    assertEquals("one", Files.readString(file));
    assertEquals("a folder that is not empty is in its place", IoReason.of(failed));
  }

  @Test
  void writesThroughALinkAndIntoADevice() throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), "one");
    Path link = Files.createSymbolicLink(folder.resolve("link.json"), file);
    DurableFile.replace(link, "two");
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("two", Files.readString(file));
    DurableFile.replace(Path.of("/dev/null"), "nothing");
    assertTrue(Files.exists(Path.of("/dev/null")) && !Files.isRegularFile(Path.of("/dev/null")));
  }

  @Test
  void saysInPlainWordsWhatWentWrong() {
    IOException missing =
        assertThrows(
            IOException.class, () -> DurableFile.replace(folder.resolve("no/a.json"), "text"));
    assertEquals("no such file or folder", IoReason.of(missing));
    IOException taken = assertThrows(IOException.class, () -> DurableFile.replace(folder, "text"));
    assertEquals("Is a directory", IoReason.of(taken));
    assertEquals(folder + ": Is a directory", IoReason.withFile(taken));
    IOException full =
        assertThrows(IOException.class, () -> DurableFile.replace(Path.of("/dev/full"), "text"));
    assertEquals("No space left on device", IoReason.of(full));
  }

  private List<Path> listed() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
