package jingwei.bench.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jingwei.cluster.cli.Main;
import jingwei.cluster.session.FaultException;

/**
 * A command of Jingwei in a process of its own, with the flags of this JVM. It does not outlive
 * this JVM, unless that is killed.
 */
final class JingweiProcess implements AutoCloseable {
  private static final Duration LEAVES = Duration.ofSeconds(20);
  private static final long ROUND_MILLIS = 100;

  private final List<String> arguments;
  private final Path log;
  private final Process process;
  private final Thread hook;

  /**
   * @param log receives its output
   */
  JingweiProcess(Path log, List<String> arguments) {
    this.arguments = List.copyOf(arguments);
    this.log = log;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-agent"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    hook = new Thread(process::destroyForcibly, "kill " + log.getFileName());
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Waits for a line of the output.
   *
   * @return the first group of the pattern
   * @throws FaultException if the process ends before, or the line does not come in time
   */
  String await(Pattern line, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean hasEnded = waitFor(ROUND_MILLIS);
      Matcher matcher = line.matcher(output());
      if (matcher.find()) {
        return matcher.group(1);
      }
      if (hasEnded) {
        throw new FaultException(ended(), null);
      }
      if (System.nanoTime() - end > 0) {
        throw late(limit);
      }
    }
  }

  /**
   * Waits until the command is done.
   *
   * @param grows file that grows while the command makes progress
   * @param limit longest time without progress
   * @throws FaultException if it fails, or makes no progress
   */
  void awaitDone(Path grows, Duration limit) {
    long size = 0;
    long since = System.nanoTime();
    while (!waitFor(ROUND_MILLIS)) {
      long now = grows.toFile().length(); // 0 if it does not exist
      if (now != size) {
        size = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > limit.toNanos()) {
        throw late(limit);
      }
    }
    if (process.exitValue() != 0) {
      throw new FaultException(ended(), null);
    }
  }

  private boolean waitFor(long millis) {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException("The wait for 'jingwei %s' was interrupted.".formatted(name()), e);
    }
  }

  private String output() {
    try {
      return Files.readString(log, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String name() {
    return String.join(" ", arguments.subList(0, Math.min(2, arguments.size())));
  }

  private String ended() {
    return "'jingwei %s' ended with exit code %d; its output is in %s."
        .formatted(name(), process.exitValue(), log);
  }

  private FaultException late(Duration limit) {
    return new FaultException(
        "This command waited %d s for 'jingwei %s'; its output is in %s."
            .formatted(limit.toSeconds(), name(), log),
        null);
  }

  /** Lets a node leave, and kills a process that does not end in time. */
  @Override
  public void close() {
    process.destroy();
    if (!waitFor(LEAVES.toMillis())) {
      process.destroyForcibly();
      waitFor(LEAVES.toMillis());
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return; // the hook finds nothing to do
    }
  }
}
