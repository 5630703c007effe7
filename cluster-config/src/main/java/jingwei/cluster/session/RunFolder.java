package jingwei.cluster.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import jingwei.model.UserException;
import jingwei.model.checkpoint.WritableCheckpointFolder;
import jingwei.model.disk.IoReason;
import jingwei.streams.spool.RowSpool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one run; the layout is a contract with those who read them. */
public record RunFolder(Path path) {
  private static final Logger LOGGER = LoggerFactory.getLogger(RunFolder.class);

  /**
   * Tries whether the folder can be written to.
   *
   * @throws UserException if it cannot
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
   * Refuses a disk without room for the checkpoints of a run.
   *
   * @param checkpointBytes of one of them
   * @param most that there will be at once, the one being written among them
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

  /** Whether anything of a run is in the folder; also where it never came to its first step. */
  boolean holdsARun() {
    return Files.exists(metrics())
        || Files.exists(configuration())
        || spool().exists()
        || Files.exists(setAside())
        || !checkpoints().reading().isEmpty();
  }

  /**
   * Removes what was made for a run that did not begin; rows that were acknowledged or refused
   * stay.
   *
   * @param withFolder whether the folder was made for it, too
   */
  void discard(boolean withFolder) {
    try {
      if (spool().exists()) {
        return; // the run goes on with them
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

  /** Points {@code latest} beside the run at it; where links cannot be made, there is none. */
  void nameLatest() {
    Path link = path.toAbsolutePath().resolveSibling("latest");
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
      return; // a user's own
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

  /** What a run that went back has left, until it has saved again. */
  Path setAside() {
    return path.resolve("set-aside");
  }

  Path lock() {
    return path.resolve("run.lock");
  }

  /** Rows that came by standard input. */
  public RowSpool spool() {
    return new RowSpool(path.resolve("spool"));
  }

  WritableCheckpointFolder checkpoints() {
    return new WritableCheckpointFolder(path.resolve("checkpoints"));
  }
}
