package jingwei.model.checkpoint;

import java.nio.file.Path;

/**
 * A checkpoint that cannot be used: missing, cut short, changed, of another model or of a newer
 * format. One sentence.
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
