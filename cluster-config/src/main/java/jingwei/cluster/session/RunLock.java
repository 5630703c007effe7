package jingwei.cluster.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/** Allows one run at a time in a folder. The system releases the lock of a killed process. */
final class RunLock implements AutoCloseable {
  /**
   * Folders that this process has locked. Their lock files must not be opened again: closing any
   * channel of a file releases the locks of the process on it (POSIX).
   */
  private static final Set<Object> HELD_HERE = ConcurrentHashMap.newKeySet();

  /** Content of a lock file of a cluster. */
  private static final String OF_CLUSTER = "cluster";

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
    return held(folder, given -> locked(given, given.lock()));
  }

  /**
   * Locks a folder for the node of a cluster that leads its run. The node that led it before may
   * still hold the lock, stopped or cut off: a new lock file takes the place of its file. A lock of
   * a process outside the cluster is respected.
   *
   * @param folder an existing folder
   * @throws UserException if a process outside the cluster has locked it, or it cannot be locked
   */
  static RunLock ofCluster(RunFolder folder) {
    return held(folder, RunLock::lockedForCluster);
  }

  private static RunLock held(RunFolder folder, Function<RunFolder, FileChannel> locking) {
    Object identity = identity(folder);
    if (!HELD_HERE.add(identity)) {
      throw heldByAnother(folder);
    }
    try {
      return new RunLock(identity, locking.apply(folder));
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

  private static FileChannel lockedForCluster(RunFolder folder) {
    Path file = folder.lock();
    try {
      boolean isOfCluster = Files.exists(file) && Files.readString(file).equals(OF_CLUSTER);
      Path taken = isOfCluster ? file.resolveSibling("run.lock.next") : file;
      FileChannel channel = locked(folder, taken);
      try {
        channel.write(ByteBuffer.wrap(OF_CLUSTER.getBytes(StandardCharsets.US_ASCII)));
        if (isOfCluster) {
          Files.move(
              taken, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return channel;
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw cannotBeLocked(folder, e);
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  private static FileChannel locked(RunFolder folder, Path file) {
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock == null) {
          throw heldByAnother(folder);
        }
        channel.truncate(0);
        return channel;
      } catch (OverlappingFileLockException e) {
        channel.close();
        throw heldByAnother(folder);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw cannotBeLocked(folder, e);
    }
  }

  private static UserException cannotBeLocked(RunFolder folder, IOException e) {
    return new UserException(
        "The run folder %s cannot be locked (%s); choose another one with --run."
            .formatted(folder.path(), IoReason.of(e)),
        e);
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
