package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.call;
import static jingwei.cluster.cli.TinyCommands.losses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import jingwei.cluster.cli.TinyCommands.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moves a run's text to another path, with other names and another compression. */
class MovedTextTest {
  private static final List<String> NAMES = List.of("a.txt", "b.txt", "c.txt", "d.txt");

  @TempDir private Path folder;
  private TinyCommands commands;
  private Path before;
  private Path after;

  @BeforeEach
  void writeTexts() throws IOException {
    commands = new TinyCommands(folder);
    before = Files.createDirectory(folder.resolve("before"));
    after = Files.createDirectories(folder.resolve("another mount/of it"));
    for (String name : NAMES) {
      StringBuilder text = new StringBuilder();
      for (int line = 0; line < 200; line++) {
        text.append("the %s birds of %d fill the sea%n".formatted(name, line));
      }
      Files.writeString(before.resolve(name), text);
    }
    Files.copy(before.resolve("a.txt"), after.resolve("z.txt"));
    try (OutputStream packed =
        new GZIPOutputStream(Files.newOutputStream(after.resolve("b.txt.gz")))) {
      Files.copy(before.resolve("b.txt"), packed);
    }
    Files.copy(before.resolve("c.txt"), after.resolve("0.txt"));
    Files.copy(before.resolve("d.txt"), after.resolve("d.txt"));
  }

  @Test
  void isTheSameRun() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    assertEquals(0, commands.train(whole, 12, List.of("en=" + before)).exitCode());
    assertEquals(0, commands.train(parts, 12, List.of("en=" + before)).exitCode());
    Output resumed = commands.train(parts, 12, List.of("en=" + after), "--resume", "step-00000006");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertEquals(losses(whole), losses(parts));
    assertEquals(
        call("eval", "--checkpoint", whole.toString()).out(),
        call("eval", "--checkpoint", parts.toString()).out());
  }

  @Test
  void isAnotherRunIfFilesAreOrderedByPath() throws IOException {
    Path run = folder.resolve("run");
    String order = "data.fileOrder=path";
    assertEquals(0, commands.train(run, 6, List.of("en=" + before), "--set", order).exitCode());
    Output moved = commands.train(run, 12, List.of("en=" + after), "--resume", "latest");
    assertEquals(2, moved.exitCode(), moved.err());
    assertTrue(moved.err().contains("not the one that the run was trained on"), moved.err());
    Output resumed = commands.train(run, 12, List.of("en=" + before), "--resume", "latest");
    assertEquals(0, resumed.exitCode(), resumed.err());
  }
}
