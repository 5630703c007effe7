package jingwei.cluster.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import jingwei.cluster.chaos.EffectiveTime.Costs;
import org.junit.jupiter.api.Test;

class FaultTimesTest {
  private static final OptionalLong NONE = OptionalLong.empty();

  @Test
  void noticeResumeAndReplayFollowEachOther() {
    WrittenRun run = new WrittenRun(5).begin(0).to(8);
    InjectedFault kill = fault("kill:device@step=8", "127.0.0.1:7102", run.millis() + 10);
    run.fault("node 127.0.0.1:7102 left: unreachable", 3_010).begin(5).to(12).end();
    // Begins 100 ms after the notice, first commit 100 ms later; steps 6 to 8 are repeated.
    assertEquals(
        List.of(
            new FaultTiming(
                kill, OptionalLong.of(3_000), OptionalLong.of(200), OptionalLong.of(300), 3)),
        FaultTimes.of(List.of(kill), history(run)));
  }

  @Test
  void nothingIsRepeatedAfterACheckpoint() {
    WrittenRun run = new WrittenRun(5).begin(0).to(5);
    InjectedFault kill = fault("kill:device@step=5", "a:1", run.millis());
    run.fault("node a:1 left", 70).begin(5).to(9).end();
    assertEquals(
        List.of(
            new FaultTiming(
                kill, OptionalLong.of(70), OptionalLong.of(200), OptionalLong.of(0), 0)),
        FaultTimes.of(List.of(kill), history(run)));
  }

  @Test
  void aFaultMayGoUnnoticedOrUnanswered() {
    WrittenRun run = new WrittenRun(5).begin(0).to(3);
    run.fault("node b:1 left", 10);
    InjectedFault late = fault("stop:host@step=3", "a:1", run.millis() + 1);
    assertEquals(
        List.of(new FaultTiming(late, NONE, NONE, NONE, 0)),
        FaultTimes.of(List.of(late), history(run)));
    InjectedFault early = fault("stop:host@step=3", "b:1", run.millis() - 5);
    assertEquals(
        List.of(new FaultTiming(early, OptionalLong.of(5), NONE, NONE, 0)),
        FaultTimes.of(List.of(early), history(run)));
  }

  @Test
  void anEpochThatOnlyRepeatsHasNoNewStep() {
    WrittenRun run = new WrittenRun(5).begin(0).to(8);
    InjectedFault first = fault("kill:host@step=8", "a:1", run.millis());
    run.fault("node a:1 left", 100).begin(5).to(6);
    InjectedFault second = fault("kill:device@step=6", "b:1", run.millis());
    run.fault("node b:1 left", 400).begin(5).to(10).end();
    assertEquals(
        List.of(
            new FaultTiming(first, OptionalLong.of(100), OptionalLong.of(200), NONE, 1),
            new FaultTiming(
                second, OptionalLong.of(400), OptionalLong.of(200), OptionalLong.of(300), 3)),
        FaultTimes.of(List.of(first, second), history(run)));
  }

  /** Lines are matched by the address they name; 7102 is not 71020. */
  @Test
  void faultsInQuickSuccessionAreToldApart() {
    WrittenRun run = new WrittenRun(5).begin(0).to(8);
    InjectedFault first = fault("kill:host@step=8", "127.0.0.1:7102", run.millis());
    InjectedFault second = fault("kill:device@step=8", "127.0.0.1:71020", run.millis() + 10);
    run.fault("node 127.0.0.1:71020 left", 500).fault("node 127.0.0.1:7102 left", 600);
    assertEquals(
        List.of(OptionalLong.of(1_100), OptionalLong.of(490)),
        FaultTimes.of(List.of(first, second), history(run)).stream()
            .map(FaultTiming::noticeMillis)
            .toList());
  }

  @Test
  void aLineWithoutAnAddressBelongsToTheFaultBefore() {
    WrittenRun run = new WrittenRun(5).begin(0).to(8);
    InjectedFault first = fault("kill:driver@step=8", "", run.millis());
    run.fault("the driver ended", 50).begin(5).to(8);
    InjectedFault second = fault("kill:driver@step=8", "", run.millis());
    run.fault("the driver ended", 70);
    assertEquals(
        List.of(OptionalLong.of(50), OptionalLong.of(70)),
        FaultTimes.of(List.of(first, second), history(run)).stream()
            .map(FaultTiming::noticeMillis)
            .toList());
  }

  /** Useful are steps 2 to 8 and 9 to 12, without the time of the checkpoints at 5 and 10. */
  @Test
  void effectiveTimeLeavesOutRecoveryReplayAndCheckpoints() {
    WrittenRun run = new WrittenRun(5).begin(0).to(8).fault("node left", 1_000).begin(5).to(12);
    double all = 7 * 100 + 30 + 1_000 + 200 + 6 * 100 + 30;
    assertEquals(1_100 / all, EffectiveTime.measured(history(run)).orElseThrow(), 1e-12);
    assertEquals(
        OptionalDouble.of(1),
        EffectiveTime.measured(history(new WrittenRun(50).begin(0).to(9).end())));
    assertEquals(
        OptionalDouble.empty(), EffectiveTime.measured(history(new WrittenRun(5).begin(0).to(1))));
    assertEquals(OptionalDouble.empty(), EffectiveTime.measured(history(new WrittenRun(5))));
  }

  @Test
  void expectedTimeFollowsTheFormula() {
    Costs free = new Costs(1, 10, 0, 0);
    assertEquals(1, EffectiveTime.expected(free, Double.POSITIVE_INFINITY), 1e-12);
    // A kill undoes half of an interval.
    assertEquals(1 - 5.0 / 600, EffectiveTime.expected(free, 600), 1e-12);
    assertEquals(
        1 / 1.1, EffectiveTime.expected(new Costs(1, 10, 1, 0), Double.POSITIVE_INFINITY), 1e-12);
    // 0.5 s a step, 40 steps, 2 s a checkpoint, 10 s of recovery, a kill every two minutes
    double undone = 20 * (10 + 2) / 22.0;
    assertEquals(
        (1 - (10 + undone) / 120) / 1.1,
        EffectiveTime.expected(new Costs(0.5, 40, 2, 10), 120),
        1e-12);
    assertEquals(0, EffectiveTime.expected(new Costs(1, 10, 0, 100), 60));
    assertThrows(IllegalArgumentException.class, () -> EffectiveTime.expected(free, 0));
    assertThrows(IllegalArgumentException.class, () -> new Costs(0, 10, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Costs(1, 0, 0, 0));
  }

  /** The formula against a session of 2000 kills, each at another time of the interval. */
  @Test
  void expectedTimeAgreesWithASimulatedSession() {
    Costs costs = new Costs(1, 20, 3, 7);
    double cycle = 23;
    double useful = 0;
    double all = 0;
    int kills = 2_000;
    for (int kill = 0; kill < kills; kill++) {
      // After a recovery the session stands at a checkpoint; it is killed later in some interval.
      double uptime = 10 * cycle + cycle * (kill + 0.5) / kills;
      double kept = Math.floor(uptime / cycle);
      useful += kept * 20;
      all += uptime + 7;
    }
    assertEquals(useful / all, EffectiveTime.expected(costs, all / kills), 1e-3);
  }

  private static InjectedFault fault(String plan, String address, long millis) {
    return new InjectedFault(ChaosPlan.of(List.of(plan)).faults().getFirst(), address, millis);
  }

  private static EpochHistory history(WrittenRun run) {
    return EpochHistory.of(List.of(run.lines()));
  }
}
