package jingwei.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a process of the launcher printed, and how it ended. */
record Launched(int exitCode, String out, String err) {
  static final Path HOME = Path.of("").toAbsolutePath().getParent();
  private static final long DEADLINE_MINUTES = 12;

  /** The project's launcher. */
  static Launched run(Path where, List<String> environment, String... arguments) throws Exception {
    return run(HOME.resolve("jingwei"), where, environment, arguments);
  }

  /**
   * @param where the current folder
   * @param environment as of the command {@code env}: NAME=VALUE, and its options
   */
  static Launched run(Path launcher, Path where, List<String> environment, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("env"));
    command.addAll(environment);
    command.add(launcher.toString());
    command.addAll(List.of(arguments));
    return process(where, command);
  }

  /** A command line of the shell, in which {@code $J} is the project's launcher. */
  static Launched shell(Path where, String line) throws Exception {
    return process(where, List.of("env", "J=" + HOME.resolve("jingwei"), "bash", "-c", line));
  }

  private static Launched process(Path where, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(where, "out", null);
    Path err = Files.createTempFile(where, "err", null);
    Process process =
        new ProcessBuilder(command)
            .directory(where.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("waited %d minutes for %s".formatted(DEADLINE_MINUTES, command));
    }
    return new Launched(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        // Every JVM says this of the Vector API.
        Files.readString(err, StandardCharsets.UTF_8)
            .replaceAll("WARNING: Using incubator.*\\R", ""));
  }
}
