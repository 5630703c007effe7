package jingwei.model.checkpoint;

import java.nio.file.Path;

/**
 * Reports an unusable checkpoint: missing, cut short, changed, of another model or of a newer
 * format. The message is one sentence.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(Path path, String problem) {
    super("checkpoint file %s %s.".formatted(path, problem));
  }

  public CheckpointException(Path path, String problem, Throwable cause) {
    super("checkpoint file %s %s.".formatted(path, problem), cause);
  }
}
