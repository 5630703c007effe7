package jingwei.cluster.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.model.UserException;
import jingwei.model.checkpoint.CheckpointFolder;
import jingwei.streams.spool.RowSpool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one run; the layout is a contract with those who read them. */
public record RunFolder(Path path) {
  private static final Logger LOGGER = LoggerFactory.getLogger(RunFolder.class);

  /** Creates the folder, or says why it cannot be used. */
  public static RunFolder create(Path path, boolean resumed) {
    RunFolder folder = new RunFolder(path);
    if (!resumed && folder.holdsARun()) {
      throw new UserException(
          "The folder %s already holds a run; go on with --resume latest, or give another --run folder."
              .formatted(path));
    }
    try {
      folder.checkpoints().probe();
    } catch (IOException e) {
      throw new UserException(
          "The run folder %s cannot be written to (%s); choose another one with --run."
              .formatted(path, reason(e)),
          e);
    }
    return folder;
  }

  /**
   * Refuses a disk without room for the checkpoints of a run.
   *
   * @param checkpointBytes of one of them
   * @param most that there will be at once, the one being written among them
   */
  public void refuseFull(long checkpointBytes, long most) {
    long more = Math.max(1, most - checkpoints().names().size());
    long needed = checkpointBytes * more;
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

  private boolean holdsARun() {
    return Files.exists(metrics())
        || Files.exists(configuration())
        || spool().exists()
        || !checkpoints().isEmpty();
  }

  /**
   * Removes what was made for a run that did not begin; rows that were acknowledged or refused
   * stay.
   */
  void discard() {
    try {
      if (spool().exists()) {
        return; // the run goes on with them
      }
      Files.deleteIfExists(configuration());
      Files.deleteIfExists(lock());
      Files.deleteIfExists(checkpoints().path());
      Files.deleteIfExists(path);
    } catch (IOException stays) {
      LOGGER.debug("could not remove {}", path, stays);
    }
  }

  /** Points {@code latest} beside the run at it; where links cannot be made, there is none. */
  public void nameLatest() {
    Path link = path.toAbsolutePath().resolveSibling("latest");
    try {
      if (Files.isSymbolicLink(link) || !Files.exists(link)) {
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, path.getFileName());
      }
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

  Path lock() {
    return path.resolve("run.lock");
  }

  /** Rows that came by standard input. */
  public RowSpool spool() {
    return new RowSpool(path.resolve("spool"));
  }

  public CheckpointFolder checkpoints() {
    return new CheckpointFolder(path.resolve("checkpoints"));
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return e.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
