package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints a verdict for people. */
final class VerdictLines {
  private static final int MOST_VIOLATIONS = 10;

  private VerdictLines() {}

  static List<String> of(Verdict verdict) {
    Findings findings = verdict.findings();
    List<String> lines = new ArrayList<>();
    lines.add("verdict: " + verdict.word());
    lines.add(
        "%d batches lost, %d doubled; the final weights %s those of the undisturbed run"
            .formatted(
                findings.lostBatches(),
                findings.doubledBatches(),
                findings.weightsEqual() ? "equal" : "differ from"));
    verdict.faults().forEach(fault -> lines.add(line(fault)));
    if (verdict.effectiveTime().isPresent()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%d steps repeated; effective training time %.1f %%",
              findings.replayedSteps(),
              100 * verdict.effectiveTime().getAsDouble()));
    } else {
      lines.add("%d steps repeated".formatted(findings.replayedSteps()));
    }
    findings.violations().stream()
        .limit(MOST_VIOLATIONS)
        .forEach(broken -> lines.add("%s: %s".formatted(broken.promise(), broken.sentence())));
    int more = findings.violations().size() - MOST_VIOLATIONS;
    if (more > 0) {
      lines.add("and %d more; --json lists them all".formatted(more));
    }
    return lines;
  }

  private static String line(FaultTiming timing) {
    InjectedFault fault = timing.fault();
    String what =
        fault.plan().text() + (fault.address().isEmpty() ? "" : " (" + fault.address() + ")");
    if (timing.noticeMillis().isEmpty()) {
      return what + (fault.plan().kind().isOrderly() ? ": no fault" : ": not noticed");
    }
    String noticed =
        "%s: noticed after %s".formatted(what, seconds(timing.noticeMillis().getAsLong()));
    if (timing.resumeMillis().isEmpty()) {
      return noticed + ", then no step was committed";
    }
    String resumed =
        "%s, first step %s later".formatted(noticed, seconds(timing.resumeMillis().getAsLong()));
    if (timing.replayMillis().isEmpty()) {
      return "%s, %d steps repeated and no new one".formatted(resumed, timing.replayedSteps());
    }
    return "%s, %d steps repeated in %s"
        .formatted(resumed, timing.replayedSteps(), seconds(timing.replayMillis().getAsLong()));
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1e3);
  }
}
