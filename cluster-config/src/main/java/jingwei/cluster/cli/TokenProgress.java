package jingwei.cluster.cli;

import java.io.PrintStream;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Shows the progress of an evaluation: one line on a terminal that is redrawn, otherwise a plain
 * line from time to time.
 */
final class TokenProgress implements LongConsumer {
  private static final long PLAIN_LINE_NANOS = 5_000_000_000L;
  private static final long DRAWN_LINE_NANOS = 200_000_000L;
  private static final String ERASE_LINE = "\r\u001B[K";

  private final PrintStream out;
  private final boolean isTerminal;
  private final LongSupplier clock;
  private final long total;
  private final long start;
  private long lastLine;
  private long done;

  /**
   * @param columns width of the terminal on standard error; 0 if it is not a terminal
   * @param clock time in nanoseconds
   * @param total number of tokens to evaluate
   */
  TokenProgress(PrintStream out, int columns, LongSupplier clock, long total) {
    this.out = out;
    this.isTerminal = columns > 0;
    this.clock = clock;
    this.total = total;
    start = clock.getAsLong();
    lastLine = start;
  }

  /** On standard error. */
  static TokenProgress of(long total) {
    int columns = Integer.getInteger("jingwei.columns", 0);
    return new TokenProgress(System.err, columns, System::nanoTime, total);
  }

  @Override
  public void accept(long tokens) {
    done += tokens;
    long now = clock.getAsLong();
    if (now - lastLine >= (isTerminal ? DRAWN_LINE_NANOS : PLAIN_LINE_NANOS)) {
      lastLine = now;
      String line = line((now - start) / 1e9);
      out.print(isTerminal ? ERASE_LINE + line : line + System.lineSeparator());
      out.flush();
    }
  }

  private String line(double seconds) {
    double perSecond = done / seconds;
    long left = (long) ((total - done) / perSecond);
    return "evaluated %d of %d tokens | %.0f tokens/s | %d:%02d left"
        .formatted(done, total, perSecond, left / 60, left % 60);
  }

  /** Erases the line on a terminal. */
  void end() {
    if (isTerminal && lastLine != start) {
      out.print(ERASE_LINE);
      out.flush();
    }
  }
}
