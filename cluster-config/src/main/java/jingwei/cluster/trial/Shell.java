package jingwei.cluster.trial;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jingwei.cluster.session.FaultException;

/** Runs short commands of the system. */
final class Shell {
  private static final long SECONDS = 10;

  private Shell() {}

  /**
   * Runs a command.
   *
   * @throws FaultException if it fails, or does not end within 10 s
   */
  static void run(List<String> command) {
    String line = String.join(" ", command);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new FaultException(
            "This command waited %d s for '%s'.".formatted(SECONDS, line), null);
      }
      if (process.exitValue() != 0) {
        throw new FaultException(
            "'%s' failed with exit code %d: %s"
                .formatted(
                    line,
                    process.exitValue(),
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .strip()),
            null);
      }
    } catch (IOException e) {
      throw new FaultException("'%s' failed: %s".formatted(line, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException("'%s' was interrupted.".formatted(line), e);
    }
  }

  /** Whether a command can be run, and succeeds. */
  static boolean succeeds(List<String> command) {
    try {
      run(command);
      return true;
    } catch (FaultException e) {
      return false;
    }
  }
}
