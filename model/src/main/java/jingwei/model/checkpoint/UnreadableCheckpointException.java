package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import jingwei.model.disk.IoReason;

/**
 * A file or folder of checkpoints that cannot be read at the moment: too many open files, no
 * permission, an input/output error. It may be whole, so nothing is removed or passed over because
 * of it. One sentence.
 */
public final class UnreadableCheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnreadableCheckpointException(Path path, Throwable cause) {
    super(
        "%s cannot be read at the moment (%s), which does not say that it is damaged."
            .formatted(path, reason(cause)),
        cause);
  }

  private static String reason(Throwable cause) {
    return cause instanceof IOException disk ? IoReason.of(disk) : cause.getClass().getSimpleName();
  }
}
