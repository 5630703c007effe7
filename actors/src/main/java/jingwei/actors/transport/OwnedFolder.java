package jingwei.actors.transport;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.IoUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that belongs to one transport while it holds a lock on a file inside. The operating
 * system releases the lock when the process is killed. The next transport then deletes the
 * abandoned folder, which would otherwise fill shared memory.
 */
final class OwnedFolder implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(OwnedFolder.class);
  private static final String PREFIX = "jingwei-transport-";

  /**
   * Folders of this process are recognised by their name: closing a second channel on a locked file
   * releases the lock (POSIX).
   */
  private static final String OWN_PREFIX =
      PREFIX
          + ProcessHandle.current().pid()
          + "-"
          + ManagementFactory.getRuntimeMXBean().getStartTime()
          + "-";

  private static final String LOCK = "lock";
  private static final int ATTEMPTS = 10;

  private final Path folder;
  private final FileChannel channel;

  private OwnedFolder(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** Deletes abandoned folders in {@code parent}, then creates a new folder there. */
  static OwnedFolder make(Path parent) throws IOException {
    deleteAbandoned(parent);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Path folder = Files.createTempDirectory(parent, OWN_PREFIX);
      Files.createFile(folder.resolve(LOCK));
      OwnedFolder owned = lock(folder);
      if (owned != null) {
        return owned;
      }
    }
    throw new IOException("parent=%s attempts=%d to lock a folder".formatted(parent, ATTEMPTS));
  }

  private static void deleteAbandoned(Path parent) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path folder : folders) {
        boolean isOwn = folder.getFileName().toString().startsWith(OWN_PREFIX);
        OwnedFolder abandoned = isOwn ? null : lock(folder);
        if (abandoned != null) {
          LOGGER.info("deletes {}, which a process that ended has left", folder);
          abandoned.close();
        }
      }
    }
  }

  /**
   * Locks a folder. Null if another process owns it, or is creating or deleting it, or if it cannot
   * be read.
   */
  private static OwnedFolder lock(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
    } catch (FileSystemException e) {
      LOGGER.debug("owner not to be seen: {}", e.getMessage());
      return null;
    }
    // Folders are deleted under their lock: if the file is gone, its owner deleted it meanwhile.
    if (channel.tryLock() != null && Files.exists(file)) {
      return new OwnedFolder(folder, channel);
    }
    channel.close();
    return null;
  }

  /** The folder for Aeron's files; it does not exist yet. */
  Path log() {
    return folder.resolve("log");
  }

  /** Deletes the folder, then releases the lock. */
  @Override
  public void close() {
    IoUtil.delete(folder.toFile(), true);
    try {
      channel.close();
    } catch (IOException e) {
      LOGGER.warn("lock of {}: {}", folder, e.getMessage());
    }
  }
}
