package jingwei.cluster.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.model.UserException;
import jingwei.model.checkpoint.CheckpointFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one run; the layout is a contract with those who read them. */
public record RunFolder(Path path) {
  private static final Logger LOGGER = LoggerFactory.getLogger(RunFolder.class);

  /** Creates the folder, or says why it cannot be used. */
  public static RunFolder create(Path path, boolean resumed) {
    try {
      if (!resumed && Files.exists(path.resolve("metrics.jsonl"))) {
        throw new UserException(
            "The folder %s already holds a run; go on with --resume latest, or give another --run folder."
                .formatted(path));
      }
      Files.createDirectories(path.resolve("checkpoints"));
      Path probe = Files.createTempFile(path, "probe", null);
      Files.delete(probe);
    } catch (IOException e) {
      throw new UserException(
          "The run folder %s cannot be written to (%s); choose another one with --run."
              .formatted(path, e.getClass().getSimpleName()),
          e);
    }
    return new RunFolder(path);
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

  public Path rejected() {
    return path.resolve("rejected.jsonl");
  }

  public Path events() {
    return path.resolve("events");
  }

  public CheckpointFolder checkpoints() {
    return new CheckpointFolder(path.resolve("checkpoints"));
  }
}
