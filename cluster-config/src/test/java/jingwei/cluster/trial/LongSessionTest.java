package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jingwei.cluster.chaos.ChaosPlan;
import jingwei.cluster.chaos.EffectiveTime;
import jingwei.cluster.chaos.EpochHistory;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.chaos.FaultTimes;
import jingwei.cluster.chaos.Findings;
import jingwei.cluster.chaos.HistoryChecker;
import jingwei.cluster.chaos.InjectedFault;
import jingwei.cluster.chaos.Verdict;
import jingwei.cluster.session.RunListener;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session of many minutes, in which nodes are killed and started again. */
@Tag("long")
@Timeout(4_000)
class LongSessionTest {
  private static final String MEASURED = "measured";
  private static final String SESSION = "session";
  private static final Duration MEASURING = Duration.ofSeconds(30);
  private static final double MOST_GROWTH = 1.01;

  @TempDir Path folder;

  private record Disturbed(List<InjectedFault> faults, List<NodeMemory> memory) {}

  @Test
  void tenMinutesWithAKillEveryMinuteLoseNothingAndLeakNothing() {
    Disturbed disturbed = run(Duration.ofMinutes(10), Duration.ofMinutes(1));
    NodeMemory early = disturbed.memory.get(2);
    NodeMemory late = disturbed.memory.getLast();
    assertTrue(disturbed.memory.size() >= 8, disturbed.memory.toString());
    assertTrue(late.heapBytes() < early.heapBytes() * MOST_GROWTH, disturbed.memory.toString());
    assertTrue(
        late.allocatedBytes() < early.allocatedBytes() * MOST_GROWTH, disturbed.memory.toString());
  }

  @Test
  void twentyMinutesWithAKillEveryTwoMinutesLoseNothing() {
    run(Duration.ofMinutes(20), Duration.ofMinutes(2));
  }

  /** Kills nodes 2 and 3 in turn; node 1 lives. */
  private Disturbed run(Duration length, Duration period) {
    List<InjectedFault> faults = new ArrayList<>();
    List<NodeMemory> memory = new ArrayList<>();
    Configuration configuration;
    try (SessionOnNodes on = new SessionOnNodes(folder, NodeMemory.FLAG)) {
      on.nodes().startFirst(3);
      long steps = (long) (stepsPerSecond(on) * length.toSeconds());
      configuration = on.submit(SESSION, "steps=" + steps, "checkpoint.every=50", "replicas=3");
      TrialNode lives = on.nodes().node(1);
      long start = System.nanoTime();
      while (true) {
        boolean isMeasured = memory.size() < faults.size();
        long due = start + (faults.size() + 1) * period.toNanos();
        // The last part of a period: the session has all its nodes again.
        long measured = due - period.toNanos() / 4;
        JsonNode status =
            on.await(
                lives,
                SESSION,
                now -> isDone(now) || System.nanoTime() - (isMeasured ? due : measured) > 0);
        if (isDone(status)) {
          break;
        }
        if (!isMeasured || faults.isEmpty()) {
          memory.add(NodeMemory.of(lives.pid()));
          System.out.println("after %d kills: %s".formatted(faults.size(), memory.getLast()));
        }
        if (System.nanoTime() - due > 0) {
          TrialNode node = on.nodes().node(2 + faults.size() % 2);
          String plan = "restart:node:%d@step=1".formatted(node.number());
          faults.add(
              new InjectedFault(
                  ChaosPlan.of(List.of(plan)).faults().getFirst(),
                  node.address().toString(),
                  System.currentTimeMillis()));
          node.kill();
          node.start();
        }
      }
    }
    Verdict verdict = verdict(configuration, faults);
    System.out.println(verdict.json());
    assertEquals(List.of(), verdict.findings().violations());
    return new Disturbed(faults, memory);
  }

  private static boolean isDone(JsonNode status) {
    return status.path("state").asText().equals("done");
  }

  /** Of all three nodes, without faults. */
  private static double stepsPerSecond(SessionOnNodes on) {
    on.submit(MEASURED, "steps=1000000", "checkpoint.every=50", "replicas=3");
    TrialNode node = on.nodes().node(1);
    long first =
        on.await(node, MEASURED, at -> at.path("step").asLong() > 50).path("step").asLong();
    long start = System.nanoTime();
    long last =
        on.await(node, MEASURED, at -> System.nanoTime() - start > MEASURING.toNanos())
            .path("step")
            .asLong();
    double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    on.stop(node, MEASURED);
    return (last - first) / seconds;
  }

  private Verdict verdict(Configuration configuration, List<InjectedFault> faults) {
    Path session = folder.resolve("sessions").resolve(SESSION);
    EpochHistory history =
        EpochHistory.of(List.of(EpochLines.read(session.resolve(EpochLog.FILE))));
    HistoryChecker.Run right =
        UndisturbedRun.run(
            new RunRequest(configuration, true, folder.resolve("undisturbed"), null, null),
            RunSettings.of(configuration).session().seed(),
            new Silent());
    Findings findings =
        HistoryChecker.check(
            new HistoryChecker.Run(history, FinalWeights.of(session)), right, List.of());
    return new Verdict(findings, FaultTimes.of(faults, history), EffectiveTime.measured(history));
  }

  private static final class Silent implements RunListener {
    @Override
    public void note(String sentence) {
      // not of interest
    }

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {
      // not of interest
    }
  }
}
