package jingwei.cluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Starts training in separate processes and kills them with signal 9 at chosen moments. */
final class KilledRuns {
  private static final long DEADLINE_SECONDS = 60;

  private final Path folder;
  private final int steps;
  private final List<String> assignments;

  KilledRuns(Path folder, int steps, String... assignments) {
    this.folder = folder;
    this.steps = steps;
    this.assignments = List.of(assignments);
  }

  static Path spool(Path run) {
    return run.resolve("spool/rows.jsonl");
  }

  Process start(Path run, List<String> data) throws IOException {
    return process(command(arguments(run, data)));
  }

  private List<String> arguments(Path run, List<String> data) {
    List<String> arguments =
        new ArrayList<>(
            List.of("train", "--run", run.toString(), "--steps", Integer.toString(steps)));
    data.forEach(source -> arguments.addAll(List.of("--data", source)));
    TinyCommands.TINY.forEach(value -> arguments.addAll(List.of("--set", value)));
    assignments.forEach(value -> arguments.addAll(List.of("--set", value)));
    return arguments;
  }

  /**
   * @param bytes limit of the size of every file
   */
  Process startWithFileLimit(Path run, List<String> data, long bytes) throws IOException {
    List<String> limited = new ArrayList<>();
    limited.addAll(
        List.of("bash", "-c", "ulimit -f %d; exec \"$@\"".formatted(bytes / 1024), "limited"));
    limited.addAll(command(arguments(run, data)));
    return process(limited);
  }

  Process resume(Path run) throws IOException {
    return process(command(List.of("train", "--run", run.toString(), "--resume", "latest")));
  }

  /** Kills at a random moment after some more steps; false if the run ended before. */
  boolean killAfterSteps(Process process, Path run, Random random) throws InterruptedException {
    Path metrics = run.resolve("metrics.jsonl");
    long bytes = size(metrics) + random.nextInt(20_000);
    await(process, () -> size(metrics) > bytes);
    process.waitFor(random.nextInt(20), TimeUnit.MILLISECONDS);
    return kill(process);
  }

  /** Kills while a checkpoint is being written, renamed, pointed to or removed. */
  boolean killWhileSaving(Process process, Path run, Random random) throws InterruptedException {
    int checkpoints = 1 + random.nextInt(6);
    for (int i = 0; i < checkpoints; i++) {
      await(process, () -> isSaving(run));
      if (i < checkpoints - 1) {
        await(process, () -> !isSaving(run));
      }
    }
    process.waitFor(random.nextInt(12), TimeUnit.MILLISECONDS);
    return kill(process);
  }

  /** Pauses the process during training, like a paused container, and continues it. */
  void stopFor(Process process, Path run, long seconds) throws IOException, InterruptedException {
    await(process, () -> size(run.resolve("metrics.jsonl")) > 0);
    signal("STOP", process);
    assertFalse(process.waitFor(seconds, TimeUnit.SECONDS), "it ended while it was stopped");
    signal("CONT", process);
  }

  private static void signal(String name, Process process)
      throws IOException, InterruptedException {
    assertEquals(
        0,
        new ProcessBuilder("kill", "-" + name, "" + process.pid()).inheritIO().start().waitFor());
  }

  /** Kills when about this many rows are in the spool. */
  void killWhenSpooled(Process process, Path run, int rows) throws InterruptedException {
    await(process, () -> size(spool(run)) > 20L * (rows - 10));
    kill(process);
  }

  private boolean kill(Process process) throws InterruptedException {
    boolean wasAlive = process.isAlive();
    process.destroyForcibly();
    assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    return wasAlive && process.exitValue() != 0;
  }

  private static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-Xmx"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(arguments);
    return command;
  }

  private Process process(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output").toFile()))
        .start();
  }

  /** Waits for a condition, or for the end of the process. */
  private void await(Process process, BooleanSupplier moment) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (process.isAlive() && !moment.getAsBoolean()) {
      assertTrue(
          System.nanoTime() < deadline,
          "waited %d s for the process; its output is in %s".formatted(DEADLINE_SECONDS, folder));
      process.waitFor(2, TimeUnit.MILLISECONDS);
    }
  }

  private static boolean isSaving(Path run) {
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      // Ignore the probe: it is written before there is a run to resume.
      return files.anyMatch(file -> file.getFileName().toString().matches("step-.*\\.partial"));
    } catch (IOException | UncheckedIOException notThereOrJustMoved) {
      return false;
    }
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException justMoved) {
      return 0;
    }
  }
}
