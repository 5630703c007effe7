package jingwei.actors.transport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.model.UserException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds a folder with room for the tensor log: the process dies if mapped memory has no room. */
public final class LogFolder {
  private static final Logger LOGGER = LoggerFactory.getLogger(LogFolder.class);
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final int TERMS = 3;

  /** Aeron's command buffers, counters and reports. */
  private static final long DRIVER_BYTES = 16L << 20;

  /** Free space of a file system for this process. */
  @FunctionalInterface
  interface FreeSpace {
    /** Free bytes; negative if the folder does not exist or is not writable. */
    long usableBytes(Path folder) throws IOException;
  }

  private LogFolder() {}

  /**
   * Refuses settings that leave no room for the log, before anything is started.
   *
   * @throws UserException if there is no such room
   */
  public static void refuseWithoutRoom(TransportSettings settings) {
    if (settings.local() == TransportSettings.Local.AERON) {
      refuse(settings, 1);
    }
  }

  /** The same for the logs between the nodes of a machine, which always use Aeron. */
  public static void refuseWithoutRoom(TransportSettings settings, MachineNodes nodes) {
    refuse(settings, nodes.logs());
  }

  /**
   * Refuses a folder without room for the logs of nodes.
   *
   * @throws UserException if there is no such room
   */
  static void requireRoom(Path folder, TransportSettings settings, long logs) throws IOException {
    requireRoom(folder, logs, neededBytes(settings, logs), LogFolder::usableBytes);
  }

  private static void refuse(TransportSettings settings, long logs) {
    try {
      parent(settings, logs, LogFolder::usableBytes);
    } catch (IOException e) {
      throw new TransportException("no folder for the tensor log: " + e.getMessage(), e);
    }
  }

  private static long neededBytes(TransportSettings settings, long logs) {
    return logs * TERMS * settings.termBytes() + DRIVER_BYTES;
  }

  static long usableBytes(Path folder) throws IOException {
    return Files.isDirectory(folder) && Files.isWritable(folder)
        ? Files.getFileStore(folder).getUsableSpace()
        : -1;
  }

  /**
   * Creates a folder with room for a number of logs; a node that is alone has one. Without a folder
   * in the settings it is in shared memory, or, with a warning, in the folder of temporary files.
   *
   * @throws UserException if there is no such room
   */
  static OwnedFolder make(TransportSettings settings, long logs, FreeSpace freeSpace) {
    try {
      return OwnedFolder.make(parent(settings, logs, freeSpace));
    } catch (IOException e) {
      throw new TransportException("no folder for the tensor log: " + e.getMessage(), e);
    }
  }

  private static Path parent(TransportSettings settings, long logs, FreeSpace freeSpace)
      throws IOException {
    long neededBytes = neededBytes(settings, logs);
    if (!settings.folder().isEmpty()) {
      return requireRoom(Path.of(settings.folder()), logs, neededBytes, freeSpace);
    }
    long usableBytes = freeSpace.usableBytes(SHARED_MEMORY);
    if (usableBytes >= neededBytes) {
      return SHARED_MEMORY;
    }
    Path temporary =
        requireRoom(Path.of(System.getProperty("java.io.tmpdir")), logs, neededBytes, freeSpace);
    LOGGER.warn(
        "the tensor log goes to {}, which is slower: folder={} neededBytes={} usableBytes={}",
        temporary,
        SHARED_MEMORY,
        neededBytes,
        usableBytes);
    return temporary;
  }

  static boolean isAscii(String name) {
    return StandardCharsets.US_ASCII.newEncoder().canEncode(name);
  }

  private static Path requireRoom(Path folder, long logs, long neededBytes, FreeSpace freeSpace)
      throws IOException {
    long usableBytes = freeSpace.usableBytes(folder);
    if (!isAscii(folder.toAbsolutePath().toString())) {
      throw new UserException(
          "The buffers that tensors move through cannot be in %s, since Aeron reads names of folders as ASCII; name another transport.folder."
              .formatted(folder));
    }
    if (usableBytes < neededBytes) {
      throw new UserException(
          "There is no room for the buffers that tensors move through in %s: %,d bytes needed, %s; free some, lower transport.termBytes, name another transport.folder, or %s."
              .formatted(
                  folder,
                  neededBytes,
                  usableBytes < 0
                      ? "and it cannot be written to"
                      : "%,d available".formatted(usableBytes),
                  logs == 1 ? "set transport.local = handover" : "use fewer devices and hosts"));
    }
    return folder;
  }
}
