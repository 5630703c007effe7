package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jingwei.cluster.settings.HostPort;

/** A node of a trial, and its process. */
final class TrialNode {
  private static final long SIGNAL_SECONDS = 10;
  private static final String UP = " is up: ";

  private final int number;
  private final HostPort address;
  private final List<String> command;
  private final Path log;
  private Process process;
  private long startOfLog;
  private int starts;
  private boolean isStopped;
  private boolean isUp;

  /**
   * @param number counted from 1
   * @param command of its process
   * @param log receives its output
   */
  TrialNode(int number, HostPort address, List<String> command, Path log) {
    this.number = number;
    this.address = address;
    this.command = List.copyOf(command);
    this.log = log;
  }

  int number() {
    return number;
  }

  HostPort address() {
    return address;
  }

  /** Its number and address, for messages. */
  String name() {
    return "node %d (%s)".formatted(number, address);
  }

  /** Starts the process, also again after its end. */
  void start() {
    try {
      startOfLog = Files.exists(log) ? Files.size(log) : 0;
      starts++;
      isUp = false;
      isStopped = false;
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the process lives; a stopped one does. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Whether the process has said that the node is a member of its cluster. */
  boolean isUp() {
    isUp = isUp || output().contains(UP);
    return isUp;
  }

  /** The output of the process since its last start. */
  String output() {
    try {
      byte[] all = Files.readAllBytes(log);
      int from = (int) Math.min(startOfLog, all.length);
      return new String(all, from, all.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How often the process was started. */
  int starts() {
    return starts;
  }

  /** Of its process since the last start. */
  long pid() {
    return process.pid();
  }

  int exitCode() {
    return process.exitValue();
  }

  /** How the process ended, for messages. */
  String end() {
    return "exit code %d, its output is in %s".formatted(exitCode(), log);
  }

  /** SIGKILL. Returns when the process has ended. */
  void kill() {
    process.destroyForcibly();
    await(SIGNAL_SECONDS);
  }

  /** SIGTERM: the node is to leave. */
  void leave() {
    process.destroy();
  }

  /** SIGSTOP. */
  void stop() {
    signal("STOP");
    isStopped = true;
  }

  /** SIGCONT, if the process is stopped. */
  void resume() {
    if (isStopped && process.isAlive()) {
      signal("CONT");
    }
    isStopped = false;
  }

  /** Whether the process ends within some seconds. */
  boolean await(long seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void signal(String name) {
    Signals.send(name, process.toHandle());
  }
}
