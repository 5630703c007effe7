package jingwei.cluster.chaos;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

/**
 * Checks histories against an undisturbed run. The right history has three epochs: steps 1 to 8,
 * again from 6 to 7, again from 6 to 12. Checkpoints are at 3, 6, 9 and 12.
 */
final class CheckedHistory {
  static final List<EpochLine> RIGHT =
      new WrittenRun(3)
          .begin(0)
          .to(8)
          .fault("node 2 left", 500)
          .begin(6)
          .to(7)
          .fault("node 1 left", 500)
          .begin(6)
          .to(12)
          .end()
          .lines();

  static final List<EpochLine> UNDISTURBED = WrittenRun.undisturbed(12, 4);

  private CheckedHistory() {}

  static Findings found(Promise promise, String part, List<EpochLine> lines) {
    Findings findings = check(lines);
    assertHas(findings, promise, part);
    return findings;
  }

  static void assertHas(Findings findings, Promise promise, String part) {
    assertFalse(findings.isClean());
    assertTrue(
        findings.violations().stream()
            .anyMatch(v -> v.promise() == promise && v.sentence().contains(part)),
        findings.violations().toString());
  }

  static Findings check(List<EpochLine> lines) {
    return check(history(lines));
  }

  static Findings check(EpochHistory history) {
    return HistoryChecker.check(run(history), run(history(UNDISTURBED)), List.of());
  }

  static HistoryChecker.Run run(EpochHistory history) {
    return new HistoryChecker.Run(history, WrittenRun.WEIGHTS);
  }

  static EpochHistory history(List<EpochLine> lines) {
    return EpochHistory.of(List.of(lines));
  }
}
