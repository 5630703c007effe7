package jingwei.actors.transport;

import io.aeron.driver.Configuration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Settings of the driver process of a machine. The first node that needs the driver starts it with
 * its own settings; they hold for all nodes of the machine.
 *
 * @param folder of the driver, the same for all nodes of a machine
 * @param mtuBytes longest datagram to another machine, a multiple of 32. The default of 1408 fits
 *     into one Ethernet frame. Where all switches pass jumbo frames, 8192 needs fewer system calls;
 *     elsewhere it is cut into several frames, and the loss of one of them loses all. Between
 *     addresses of the loopback, datagrams have 65504 bytes whatever is set.
 * @param idleMillis the driver ends when no process has used it for this long
 * @param livenessMillis the driver gives up a process that has not run for this long, at least one
 *     second
 */
public record DriverSettings(Path folder, int mtuBytes, long idleMillis, long livenessMillis) {
  /** A client that has heard nothing from its driver for this long takes it for dead. */
  static final long DRIVER_TIMEOUT_MILLIS = 4_000;

  private static final int MTU_BYTES = 1408;
  private static final long IDLE_MILLIS = 60_000;
  private static final long LEAST_LIVENESS_MILLIS = 1_000;
  private static final long LIVENESS_MILLIS = 10_000;
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /**
   * @throws IllegalArgumentException if the MTU is none of Aeron's, or a time is too short
   */
  public DriverSettings {
    Objects.requireNonNull(folder, "folder");
    if (mtuBytes < Configuration.MTU_LENGTH_DEFAULT / 4
        || mtuBytes > Configuration.MAX_UDP_PAYLOAD_LENGTH
        || mtuBytes % 32 != 0
        || idleMillis < 1
        || livenessMillis < LEAST_LIVENESS_MILLIS) {
      throw new IllegalArgumentException(
          "mtuBytes=%d idleMillis=%d livenessMillis=%d"
              .formatted(mtuBytes, idleMillis, livenessMillis));
    }
  }

  /**
   * The default driver of a user: datagrams of 1408 bytes, idle end after 60 s, clients given up
   * after 10 s. Its folder is in the folder of the transport's settings, or in shared memory.
   */
  public static DriverSettings of(TransportSettings settings) {
    String name = "jingwei-driver-" + System.getProperty("user.name");
    Path parent = settings.folder().isEmpty() ? sharedMemory() : Path.of(settings.folder());
    return in(parent.toAbsolutePath().resolve(name));
  }

  /** The same in another folder. */
  public static DriverSettings in(Path folder) {
    return new DriverSettings(folder, MTU_BYTES, IDLE_MILLIS, LIVENESS_MILLIS);
  }

  /** The same in the folder of a machine by this name, beside this folder. */
  public DriverSettings onMachine(String name) {
    return in(folder.resolveSibling(folder.getFileName() + "-" + name));
  }

  /** The same with other times, in milliseconds. */
  DriverSettings withTimes(long idle, long liveness) {
    return new DriverSettings(folder, mtuBytes, idle, liveness);
  }

  /** All processes of a machine must choose the same folder, so room for the logs is no reason. */
  private static Path sharedMemory() {
    return Files.isDirectory(SHARED_MEMORY)
        ? SHARED_MEMORY
        : Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Arguments of {@link DriverProcess}. */
  List<String> toArguments() {
    return List.of(
        folder.toAbsolutePath().toString(),
        Integer.toString(mtuBytes),
        Long.toString(idleMillis),
        Long.toString(livenessMillis));
  }

  static DriverSettings parse(List<String> arguments) {
    return new DriverSettings(
        Path.of(arguments.get(0)),
        Integer.parseInt(arguments.get(1)),
        Long.parseLong(arguments.get(2)),
        Long.parseLong(arguments.get(3)));
  }
}
