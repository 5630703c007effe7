package jingwei.model.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jingwei.model.ChildProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** For a user without a home the JVM reports {@code ?}; libraries are then unpacked elsewhere. */
class HomelessUserTest {
  @TempDir Path folder;

  @Test
  void nothingIsWrittenToTheCurrentFolder() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path current = Files.createDirectory(folder.resolve("current"));
    ChildProcess child =
        new ChildProcess(
            HomelessUser.class, List.of("-Duser.home=?", "-Djava.io.tmpdir=" + temporary));
    child.environment().remove("XDG_CACHE_HOME");
    child.environment().remove("HOME");
    ChildProcess.Result result = child.run(current);
    assertEquals(0, result.exitCode(), result.output());
    String mine = temporary + "/jingwei-" + Posix.user();
    List<String> lines = result.output().lines().toList();
    assertTrue(lines.contains(mine + "/lib-1"), result.output());
    assertTrue(lines.contains(mine + "/javacpp"), result.output());
    assertEquals(List.of(), names(current));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(files.map(file -> file.getFileName().toString()).toList());
    }
  }
}
