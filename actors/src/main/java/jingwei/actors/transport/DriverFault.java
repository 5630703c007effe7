package jingwei.actors.transport;

import io.aeron.exceptions.ClientTimeoutException;
import io.aeron.exceptions.ConductorServiceTimeoutException;
import io.aeron.exceptions.DriverTimeoutException;
import java.nio.file.Path;

/** Says what ended the connection of a node to the driver of its machine. */
final class DriverFault {
  private DriverFault() {}

  /**
   * A sentence about a fault of the client of a driver process.
   *
   * @param fault that the client reported; null if it was closed
   */
  static String sentence(Throwable fault, Path folder) {
    return switch (fault) {
      case null -> ended(folder);
      case DriverTimeoutException driver -> ended(folder);
      case ConductorServiceTimeoutException client -> paused(folder);
      case ClientTimeoutException client -> paused(folder);
      default -> "the Aeron driver of this machine reports: folder=%s: %s".formatted(folder, fault);
    };
  }

  private static String ended(Path folder) {
    return "the Aeron driver of this machine has ended, or has not answered for %d ms: folder=%s"
        .formatted(DriverSettings.DRIVER_TIMEOUT_MILLIS, folder);
  }

  private static String paused(Path folder) {
    return "this process was stopped for so long that the Aeron driver of this machine has given it up: folder="
        + folder;
  }
}
