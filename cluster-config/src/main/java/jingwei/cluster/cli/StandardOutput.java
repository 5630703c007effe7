package jingwei.cluster.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Standard output in UTF-8. Unlike {@link PrintStream}, it reports failed writes. */
final class StandardOutput {
  private final Observed observed;
  private final PrintStream printer;

  StandardOutput(OutputStream target) {
    observed = new Observed(target);
    printer = new PrintStream(new BufferedOutputStream(observed), true, StandardCharsets.UTF_8);
  }

  /** The standard output of the process. */
  static StandardOutput ofProcess() {
    return new StandardOutput(new FileOutputStream(FileDescriptor.out));
  }

  PrintStream printer() {
    return printer;
  }

  /**
   * Flushes, and returns the reason of a failed write. A reader that closes the pipe early, such as
   * {@code head}, is not a failure. The launcher sets a locale in which the system's reason is in
   * English.
   */
  Optional<String> failure() {
    printer.flush();
    return Optional.ofNullable(observed.failure)
        .map(IOException::getMessage)
        .filter(reason -> !reason.equals("Broken pipe"));
  }

  /** Remembers the first failure. */
  private static final class Observed extends OutputStream {
    private final OutputStream target;
    private volatile IOException failure;

    private Observed(OutputStream target) {
      this.target = target;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        target.write(bytes, offset, length);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        }
        throw e;
      }
    }
  }
}
