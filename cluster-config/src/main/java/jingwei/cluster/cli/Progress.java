package jingwei.cluster.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import jingwei.cluster.session.RunListener;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.StepMetrics;

/** Shows the progress of a run: a bar on a terminal, otherwise a plain line from time to time. */
final class Progress implements RunListener {
  private static final int BAR_WIDTH = 20;
  private static final long PLAIN_LINE_NANOS = 5_000_000_000L;
  private static final String ERASE_LINE = "\r\u001B[K";

  private final PrintStream out;
  private final int columns;
  private long lastLine;
  private long firstStep;
  private long firstNanos;
  private double tokensPerSecond;
  private boolean barShown;

  /**
   * @param columns width of the terminal on standard error; 0 if it is not a terminal
   */
  Progress(PrintStream out, int columns) {
    this.out = out;
    this.columns = columns;
  }

  /** The launcher passes the width of the terminal, since Java cannot query standard error. */
  static Progress of(PrintStream out) {
    return new Progress(out, Integer.getInteger("jingwei.columns", 0));
  }

  @Override
  public void note(String sentence) {
    eraseBar();
    out.println(sentence);
  }

  @Override
  public void step(StepMetrics metrics, long plannedSteps) {
    long now = System.nanoTime();
    if (firstNanos == 0) {
      firstNanos = now;
      firstStep = metrics.step();
    }
    tokensPerSecond =
        tokensPerSecond == 0
            ? metrics.work().tokensPerSecond()
            : 0.9 * tokensPerSecond + 0.1 * metrics.work().tokensPerSecond();
    if (!metrics.applied()) {
      note(
          "step %d refused: its loss or gradient is not finite or a spike, or led to such a step"
              .formatted(metrics.step()));
    }
    if (columns > 0) {
      String shown = bar(metrics.step(), plannedSteps) + line(metrics, plannedSteps, now);
      out.print(ERASE_LINE + shown.substring(0, Math.min(shown.length(), columns - 1)));
      out.flush();
      barShown = true;
    } else if (now - lastLine > PLAIN_LINE_NANOS || metrics.step() == plannedSteps) {
      lastLine = now;
      out.println(line(metrics, plannedSteps, now));
    }
  }

  @Override
  public void evaluated(long step, Map<String, DomainLoss> heldOut) {
    StringBuilder line = new StringBuilder("held-out bits per byte after step " + step + ":");
    heldOut.forEach((name, loss) -> line.append("  %s %.3f".formatted(name, loss.bitsPerByte())));
    note(line.toString());
  }

  @Override
  public void saved(long step, Path checkpoint) {
    note("saved " + checkpoint);
  }

  void end() {
    eraseBar();
  }

  /** The most important values come first, since a narrow terminal cuts the end. */
  private String line(StepMetrics metrics, long plannedSteps, long now) {
    StringBuilder line =
        new StringBuilder(
            "step %d/%d loss %.3f | %.0f tokens/s"
                .formatted(metrics.step(), plannedSteps, metrics.loss(), tokensPerSecond));
    long done = metrics.step() - firstStep;
    if (done > 0) {
      long seconds = (long) ((now - firstNanos) / 1e9 / done * (plannedSteps - metrics.step()));
      line.append(" | %d:%02d left".formatted(seconds / 60, seconds % 60));
    }
    if (metrics.work().activeExperts() > 0) {
      line.append(" | %d experts".formatted(metrics.work().activeExperts()));
    }
    line.append(" |");
    new TreeMap<>(metrics.losses().domains())
        .forEach((name, domain) -> line.append(" %s %.2f".formatted(name, domain.loss())));
    return line.toString();
  }

  private static String bar(long step, long steps) {
    int full = (int) (BAR_WIDTH * step / Math.max(1, steps));
    return "[" + "#".repeat(full) + ".".repeat(BAR_WIDTH - full) + "] ";
  }

  private void eraseBar() {
    if (barShown) {
      out.print(ERASE_LINE);
      barShown = false;
    }
  }
}
