package jingwei.cluster.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import jingwei.model.UserException;
import jingwei.model.checkpoint.WritableCheckpointFolder;
import jingwei.model.disk.IoReason;
import jingwei.streams.spool.RowSpool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one run. Users and other programs rely on this layout. */
public record RunFolder(Path path) {
  private static final Logger LOGGER = LoggerFactory.getLogger(RunFolder.class);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  /** The folder of the run that wrote a checkpoint; empty if the checkpoint lies elsewhere. */
  static Optional<RunFolder> of(Path checkpoint) {
    Path checkpoints = checkpoint.toAbsolutePath().normalize().getParent();
    return Optional.ofNullable(checkpoints).map(Path::getParent).map(RunFolder::new);
  }

  /** A name for a new run: the time, and what it is. */
  public static String newName(String what) {
    return LocalDateTime.now(ZoneId.systemDefault()).format(TIME) + "-" + what;
  }

  /**
   * Checks that the folder is writable.
   *
   * @throws UserException if it is not
   */
  void probe() {
    try {
      checkpoints().probe();
    } catch (IOException e) {
      throw new UserException(
          "The run folder %s cannot be written to (%s); choose another one with --run."
              .formatted(path, IoReason.of(e)),
          e);
    }
  }

  /**
   * Checks that the disk has room for the checkpoints of a run.
   *
   * @param checkpointBytes size of one checkpoint
   * @param most largest number of checkpoints at once, including the one being written
   */
  public void refuseFull(long checkpointBytes, long most) {
    long more = Math.max(1, most - checkpoints().reading().names().size());
    long needed = checkpointBytes > Long.MAX_VALUE / more ? Long.MAX_VALUE : checkpointBytes * more;
    long free;
    try {
      free = Files.getFileStore(path).getUsableSpace();
    } catch (IOException e) {
      LOGGER.debug("no usable space of {}", path, e);
      return;
    }
    if (needed > free) {
      throw new UserException(
          "The disk of the run folder %s is too small: %d checkpoints of %,d bytes need %,d bytes, and %,d are free; free some, lower checkpoint.keep, or choose another folder with --run."
              .formatted(path, more, checkpointBytes, needed, free));
    }
  }

  /** True if the folder holds files of a run, even of one that never reached its first step. */
  boolean holdsARun() {
    return Files.exists(metrics())
        || Files.exists(configuration())
        || spool().exists()
        || Files.exists(setAside())
        || !checkpoints().reading().isEmpty();
  }

  /**
   * Removes the files of a run that did not start. Acknowledged and rejected rows stay.
   *
   * @param withFolder true if the folder was created for the run
   */
  void discard(boolean withFolder) {
    try {
      if (spool().exists()) {
        return; // a resume needs them
      }
      Files.deleteIfExists(configuration());
      Files.deleteIfExists(lock());
      Files.deleteIfExists(checkpoints().reading().path());
      if (withFolder) {
        Files.deleteIfExists(path);
      }
    } catch (IOException stays) {
      LOGGER.debug("could not remove {}", path, stays);
    }
  }

  /**
   * Makes the link {@code latest} beside the run point to it, if the file system supports links.
   */
  void nameLatest() {
    Path link = path.toAbsolutePath().resolveSibling("latest");
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
      return; // created by the user
    }
    Path next = link.resolveSibling("latest." + path.getFileName());
    try {
      Files.createSymbolicLink(next, path.getFileName());
      Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | UnsupportedOperationException e) {
      LOGGER.debug("no link latest at {}", link, e);
    }
  }

  public Path configuration() {
    return path.resolve("config.conf");
  }

  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  public Path ledger() {
    return path.resolve("ledger.jsonl");
  }

  public Path spikes() {
    return path.resolve("spikes.jsonl");
  }

  public Path rejected() {
    return path.resolve("rejected.jsonl");
  }

  public Path events() {
    return path.resolve("events");
  }

  /** Later steps of a run that went back, until it has saved again. */
  Path setAside() {
    return path.resolve("set-aside");
  }

  Path lock() {
    return path.resolve("run.lock");
  }

  /** Rows received from standard input. */
  public RowSpool spool() {
    return new RowSpool(path.resolve("spool"));
  }

  WritableCheckpointFolder checkpoints() {
    return new WritableCheckpointFolder(path.resolve("checkpoints"));
  }
}
