package jingwei.actors.transport;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds or starts the driver process that all nodes of a machine share. Nodes that start at the
 * same instant get the same driver.
 */
public final class SharedDriver {
  private static final Logger LOGGER = LoggerFactory.getLogger(SharedDriver.class);
  private static final long WAIT_MILLIS = 20_000;
  private static final long ROUND_NANOS = 5_000_000;

  private SharedDriver() {}

  /**
   * Makes sure that the driver of the machine runs. It keeps running for the idle time of its
   * settings, even if no client connects. A driver that was started with other settings keeps them.
   *
   * @param transport settings of the logs
   * @param logs number of logs that the caller's nodes open at most, for the check of room
   * @return folder of Aeron's files, for {@link TransportPeers.Cluster}
   * @throws jingwei.model.UserException if there is no room for the logs
   * @throws TransportException if the driver cannot be started in time
   */
  public static Path ensure(DriverSettings settings, TransportSettings transport, long logs) {
    DriverFolder folder = new DriverFolder(settings.folder());
    try {
      folder.create();
      LogFolder.requireRoom(folder.folder(), transport, logs);
      ensure(settings, folder);
      return folder.log();
    } catch (IOException e) {
      throw new TransportException(
          "the Aeron driver of this machine cannot be started: folder=%s: %s"
              .formatted(folder.folder(), e),
          e);
    }
  }

  /** One thread of a process at a time, since a process must not look at a lock that it holds. */
  private static synchronized void ensure(DriverSettings settings, DriverFolder folder)
      throws IOException {
    try (ProcessLock start = takeStartLock(folder)) {
      start.sign();
      start(settings, folder);
    }
  }

  private static ProcessLock takeStartLock(DriverFolder folder) throws IOException {
    ProcessLock[] lock = {ProcessLock.take(folder.startLock())};
    long endNanos = endNanos();
    while (lock[0] == null) {
      if (System.nanoTime() - endNanos > 0) {
        throw new TransportException(
            "waited %d ms for process %d, which starts or ends the Aeron driver of this machine: folder=%s"
                .formatted(WAIT_MILLIS, ProcessLock.holder(folder.startLock()), folder.folder()));
      }
      LockSupport.parkNanos(ROUND_NANOS);
      lock[0] = ProcessLock.take(folder.startLock());
    }
    return lock[0];
  }

  private static void start(DriverSettings settings, DriverFolder folder) throws IOException {
    Process started = null;
    long endNanos = endNanos();
    long holder = ProcessLock.holder(folder.driverLock());
    while (holder <= 0) {
      if (holder == 0 && started == null) {
        started = launch(settings, folder);
        LOGGER.info("starts the Aeron driver of this machine: folder={}", folder.folder());
      } else if (holder == 0 && !started.isAlive()) {
        throw new TransportException(
            "the Aeron driver of this machine ended when it was started: folder=%s: %s"
                .formatted(folder.folder(), folder.lastOutput()));
      } else if (System.nanoTime() - endNanos > 0) {
        throw new TransportException(
            "waited %d ms for the Aeron driver of this machine to start: folder=%s: %s"
                .formatted(WAIT_MILLIS, folder.folder(), folder.lastOutput()));
      }
      LockSupport.parkNanos(ROUND_NANOS);
      holder = ProcessLock.holder(folder.driverLock());
    }
  }

  private static long endNanos() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
  }

  /** Starts the process so that it outlives this one, whose signals do not reach it. */
  private static Process launch(DriverSettings settings, DriverFolder folder) throws IOException {
    String detached =
        "trap '' INT HUP; command -v setsid >/dev/null && exec setsid \"$@\"; exec \"$@\"";
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", detached, "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of(
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            DriverProcess.class.getName()));
    command.addAll(settings.toArguments());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.output().toFile()))
        .start();
  }

  /** The driver process of a folder, if it runs and clients can connect. */
  public static synchronized Optional<ProcessHandle> process(DriverSettings settings) {
    DriverFolder folder = new DriverFolder(settings.folder());
    try {
      long holder = ProcessLock.holder(folder.driverLock());
      return holder > 0 ? ProcessHandle.of(holder) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
