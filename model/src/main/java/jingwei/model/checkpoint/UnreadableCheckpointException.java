package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import jingwei.model.disk.IoReason;

/**
 * A file or folder of checkpoints that cannot be read at the moment: too many open files, no
 * permission, an I/O error. It may be undamaged, so it is neither removed nor skipped. The message
 * is one sentence.
 */
public final class UnreadableCheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnreadableCheckpointException(Path path, Throwable cause) {
    super(
        "%s cannot be read at the moment (%s); it is not necessarily damaged."
            .formatted(path, reason(cause)),
        cause);
  }

  private static String reason(Throwable cause) {
    return cause instanceof IOException disk ? IoReason.of(disk) : cause.getClass().getSimpleName();
  }
}
