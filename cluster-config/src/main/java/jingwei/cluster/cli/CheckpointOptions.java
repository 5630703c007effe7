package jingwei.cluster.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointFolder;
import picocli.CommandLine.Option;

/** The command-line options that select a checkpoint. */
final class CheckpointOptions {
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "DIR",
      description = "run folder (its latest checkpoint) or checkpoint folder")
  private Path path;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "a checkpoint of the run by its name, or best, or latest-good")
  private String name;

  Checkpoint open() {
    if (name == null) {
      return Checkpoint.open(path);
    }
    Path checkpoints = path.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      throw new UserException(
          "--name %s needs a run folder, and %s holds no checkpoints.".formatted(name, path));
    }
    return new CheckpointFolder(checkpoints)
        .open(name, broken -> System.err.println("The " + broken));
  }
}
