package jingwei.cluster.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/** Allows one run at a time in a folder. The system releases the lock of a killed process. */
final class RunLock implements AutoCloseable {
  /**
   * Folders that this process has locked. Their lock files must not be opened again: closing any
   * channel of a file releases the locks of the process on it (POSIX).
   */
  private static final Set<Object> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Object folder;
  private final FileChannel channel;

  private RunLock(Object folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * @param folder an existing folder
   * @throws UserException if another run has locked it, or it cannot be locked
   */
  static RunLock of(RunFolder folder) {
    Object identity = identity(folder);
    if (!HELD_HERE.add(identity)) {
      throw heldByAnother(folder);
    }
    try {
      return new RunLock(identity, locked(folder));
    } catch (RuntimeException | Error e) {
      HELD_HERE.remove(identity);
      throw e;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      HELD_HERE.remove(folder);
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  private static FileChannel locked(RunFolder folder) {
    try {
      FileChannel channel =
          FileChannel.open(folder.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock == null) {
          throw heldByAnother(folder);
        }
        return channel;
      } catch (OverlappingFileLockException e) {
        channel.close();
        throw heldByAnother(folder);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UserException(
          "The run folder %s cannot be locked (%s); choose another one with --run."
              .formatted(folder.path(), IoReason.of(e)),
          e);
    }
  }

  private static Object identity(RunFolder folder) {
    try {
      return Files.readAttributes(folder.path(), BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      throw new UserException(
          "The run folder %s cannot be read (%s); choose another one with --run."
              .formatted(folder.path(), IoReason.of(e)),
          e);
    }
  }

  private static UserException heldByAnother(RunFolder folder) {
    return new UserException(
        "Another run is at work in %s; wait for it, stop it, or give another --run folder."
            .formatted(folder.path()));
  }
}
