package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jingwei.cluster.chaos.Findings;
import jingwei.cluster.chaos.HistoryChecker;
import jingwei.cluster.session.RunListener;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.settings.Configuration;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class UndisturbedRunTest {
  @TempDir Path folder;

  @Test
  void twoRunsOfOneSeedAreEqualAndThoseOfOtherSeedsDiffer() throws IOException {
    HistoryChecker.Run first = run("first", 1);
    assertEquals(6, first.history().effective().size());
    Findings same = HistoryChecker.check(run("same", 1), first, List.of());
    assertEquals(List.of(), same.violations());
    assertTrue(same.isClean());
    Findings other = HistoryChecker.check(run("other", 2), first, List.of());
    assertFalse(other.weightsEqual());
    assertEquals(6, other.lostBatches());
  }

  private HistoryChecker.Run run(String name, int seed) throws IOException {
    Configuration configuration =
        TrialTexts.configuration(folder, "steps=6", "checkpoint.every=4", "seed=" + seed);
    return UndisturbedRun.run(
        new RunRequest(configuration, true, folder.resolve(name), null, null), seed, new Silent());
  }

  private static final class Silent implements RunListener {
    @Override
    public void note(String sentence) {}

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {}
  }
}
