package jingwei.actors.transport;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The folder of the driver process of a machine.
 *
 * <pre>
 * start.lock   held by a process that looks for the driver, and by a driver that ends for want of
 *              clients; written whenever a node needs the driver
 * driver.lock  held by the driver while it lives, and signed by it while clients can connect
 * driver.log   output of the driver
 * log/         Aeron's files; the driver deletes them when it ends, and those of a killed driver
 *              when it starts
 * </pre>
 */
record DriverFolder(Path folder) {
  private static final int LAST_LINES = 8;

  Path startLock() {
    return folder.resolve("start.lock");
  }

  Path driverLock() {
    return folder.resolve("driver.lock");
  }

  Path output() {
    return folder.resolve("driver.log");
  }

  /** For Aeron; it exists only while the driver runs, or after it was killed. */
  Path log() {
    return folder.resolve("log");
  }

  /** Creates the folder if it is missing; other users have no access to it. */
  void create() throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  /** The last lines of the driver's output, for a message. */
  String lastOutput() throws IOException {
    if (!Files.exists(output())) {
      return "";
    }
    List<String> lines = Files.readAllLines(output());
    return String.join(" / ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }
}
