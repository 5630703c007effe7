package jingwei.model;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a test's class in a separate JVM with the flags of this one, because it may crash or hang.
 */
public final class ChildProcess {
  private static final long DEADLINE_SECONDS = 60;

  private final ProcessBuilder builder;

  /**
   * The result of a process.
   *
   * @param output of both streams
   */
  public record Result(int exitCode, String output) {}

  /**
   * @param main has a main method
   * @param flags for the JVM, in addition to those of this one
   */
  public ChildProcess(Class<?> main, List<String> flags, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-Xmx"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(Arrays.asList(arguments));
    builder = new ProcessBuilder(command).redirectErrorStream(true);
  }

  /** Environment variables of the process, to be set before it runs. */
  public Map<String, String> environment() {
    return builder.environment();
  }

  /**
   * Runs to the end, or fails the test after a minute.
   *
   * @param folder that the process runs in
   */
  public Result run(Path folder) throws IOException, InterruptedException {
    Path output = Files.createTempFile("child", ".txt");
    try {
      Process process = builder.directory(folder.toFile()).redirectOutput(output.toFile()).start();
      try {
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
          fail("the process hangs: " + Files.readString(output));
        }
      } finally {
        process.destroyForcibly();
      }
      return new Result(process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }
}
