package jingwei.cluster.chaos;

import static jingwei.cluster.chaos.CheckedHistory.RIGHT;
import static jingwei.cluster.chaos.CheckedHistory.UNDISTURBED;
import static jingwei.cluster.chaos.CheckedHistory.assertHas;
import static jingwei.cluster.chaos.CheckedHistory.check;
import static jingwei.cluster.chaos.CheckedHistory.found;
import static jingwei.cluster.chaos.CheckedHistory.history;
import static jingwei.cluster.chaos.CheckedHistory.run;
import static jingwei.cluster.chaos.WrongHistory.after;
import static jingwei.cluster.chaos.WrongHistory.at;
import static jingwei.cluster.chaos.WrongHistory.begin;
import static jingwei.cluster.chaos.WrongHistory.commit;
import static jingwei.cluster.chaos.WrongHistory.experts;
import static jingwei.cluster.chaos.WrongHistory.map;
import static jingwei.cluster.chaos.WrongHistory.ofStep;
import static jingwei.cluster.chaos.WrongHistory.renumbered;
import static jingwei.cluster.chaos.WrongHistory.with;
import static jingwei.cluster.chaos.WrongHistory.without;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.cluster.chaos.EpochLine.Begin;
import jingwei.cluster.chaos.EpochLine.Checkpoint;
import jingwei.cluster.chaos.EpochLine.Commit;
import jingwei.cluster.chaos.EpochLine.End;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Each way in which a history can be wrong is found. The right history has three epochs: steps 1 to
 * 8, again from 6 to 7, again from 6 to 12. Checkpoints are at 3, 6, 9 and 12.
 */
class HistoryCheckerTest {
  @BeforeEach
  void theRightHistoryIsClean() {
    Findings findings = check(RIGHT);
    assertEquals(List.of(), findings.violations());
    assertTrue(findings.isClean());
    assertEquals(0, findings.lostBatches());
    assertEquals(0, findings.doubledBatches());
    assertTrue(findings.weightsEqual());
    assertEquals(1 + 2, findings.replayedSteps());
  }

  @Test
  void theUndisturbedRunIsCleanItself() {
    assertTrue(check(UNDISTURBED).isClean());
  }

  @Test
  void aLostStep() {
    Findings findings = found(Promise.P2, "the steps from 10 to 10 are missing", without(3, 10));
    assertEquals(1, findings.lostBatches());
  }

  @Test
  void aStepTwiceInAnEpoch() {
    Findings findings =
        found(Promise.P2, "step 10 counts again after step 10", after(3, 10, commit -> commit));
    assertEquals(1, findings.doubledBatches());
    assertEquals(0, findings.lostBatches());
  }

  @Test
  void aSkippedStepInAnEpochThatIsUndone() {
    found(Promise.P2, "epoch 1 committed step 8 after step 6", without(1, 7));
  }

  @Test
  void anEpochThatDoesNotGoOnFromItsStep() {
    found(Promise.P2, "epoch 2 committed step 7 after step 3", begin(2, 3));
  }

  @Test
  void aBatchAtTwoSteps() {
    Findings findings =
        found(
            Promise.P2,
            "the batch 7-10 counts at steps 10 and 11",
            commit(3, 11, c -> with(c, "7-10", c.documents(), c.applied())));
    assertEquals(1, findings.lostBatches());
    assertEquals(1, findings.doubledBatches());
  }

  @Test
  void twoBatchesInTheWrongOrder() {
    List<EpochLine> lines = commit(3, 11, c -> with(c, "7-12", c.documents(), c.applied()));
    lines = commit(lines, 3, 12, c -> with(c, "7-11", c.documents(), c.applied()));
    Findings findings =
        found(
            Promise.P2,
            "step 11 has in epoch 3 other batches than in epoch 1 of the undisturbed run",
            lines);
    assertEquals(0, findings.lostBatches());
  }

  @Test
  void otherDocuments() {
    found(
        Promise.P2,
        "step 11 has in epoch 3 other documents than in epoch 1 of the undisturbed run",
        commit(3, 11, c -> with(c, c.batch(), List.of("other"), c.applied())));
  }

  @Test
  void aRepeatedStepWithAnotherBatch() {
    found(
        Promise.P2,
        "step 7 has in epoch 2 other batches than in epoch 1",
        commit(2, 7, c -> with(c, "7-70", c.documents(), c.applied())));
  }

  @Test
  void aRepeatedStepWithOtherDocuments() {
    found(
        Promise.P2,
        "step 7 has in epoch 2 other documents than in epoch 1",
        commit(2, 7, c -> with(c, c.batch(), List.of("other"), c.applied())));
  }

  @Test
  void aRepeatedStepWithOtherUpdates() {
    found(
        Promise.P1,
        "step 8 has in epoch 3 other updates than in epoch 1",
        commit(1, 8, c -> experts(c, 1)));
  }

  @Test
  void anExpertUpdatedTwice() {
    found(Promise.P2, "updates after step 11, but", commit(3, 11, c -> experts(c, 1)));
  }

  @Test
  void anExpertNotUpdated() {
    found(Promise.P2, "updates after step 11, but", commit(3, 11, c -> experts(c, -1)));
  }

  @Test
  void anExpertUpdatedByARefusedStep() {
    found(Promise.P2, "updates after step 5, but", commit(1, 5, c -> experts(c, 1)));
  }

  @Test
  void anExpertThatIsLeftOut() {
    found(
        Promise.P1,
        "step 12 has in epoch 3 other updates",
        commit(
            3,
            12,
            c -> {
              TreeMap<String, Long> experts = new TreeMap<>(c.experts());
              experts.pollFirstEntry();
              return new Commit(
                  c.epoch(), c.step(), c.batch(), c.documents(), experts, true, c.millis());
            }));
  }

  @Test
  void aStepRefusedThatTheUndisturbedRunApplies() {
    Findings findings =
        found(
            Promise.P1,
            "step 12 has in epoch 3 other updates",
            commit(3, 12, c -> with(c, c.batch(), c.documents(), false)));
    assertEquals(1, findings.lostBatches());
  }

  @Test
  void anEpochNumberThatFalls() {
    List<EpochLine> lines = new ArrayList<>();
    for (EpochLine line : RIGHT) { // epoch 3 comes as the second, epoch 2 as the third
      lines.add(renumbered(line, line.epoch() == 1 ? 1 : 5 - line.epoch()));
    }
    found(Promise.P2, "epoch 2 began after epoch 3", lines);
  }

  @Test
  void twoEpochsWithOneNumber() {
    found(
        Promise.P2,
        "epoch 2 began twice, led by node2 and by node3",
        RIGHT.stream().map(line -> renumbered(line, Math.min(2, line.epoch()))).toList());
  }

  /** The same in two files: each leader wrote to a folder of its own. */
  @Test
  void twoLeadersOfOneEpochInTwoFiles() {
    List<EpochLine> second =
        RIGHT.stream().filter(line -> line.epoch() == 3).map(line -> renumbered(line, 2)).toList();
    List<EpochLine> first = RIGHT.stream().filter(line -> line.epoch() < 3).toList();
    Findings findings = check(EpochHistory.of(List.of(second, first)));
    assertHas(findings, Promise.P2, "epoch 2 began twice, led by node2 and by node3");
  }

  @Test
  void twoLeadersAtOnce() {
    long late = ofStep(RIGHT, 3, 7).millis() + 1;
    found(
        Promise.P2,
        "two leaders at once: node2 committed step 7 in epoch 2 after the first commit of node3 in epoch 3",
        commit(2, 7, c -> at(c, late)));
  }

  @Test
  void aReplacedLeaderThatStillSaves() {
    long late = ofStep(RIGHT, 2, 7).millis() + 1;
    found(
        Promise.P3,
        "node1 completed checkpoint step-00000006 of epoch 1 after the first commit of epoch 2",
        map(
            line ->
                line instanceof Checkpoint c && c.epoch() == 1 && c.step() == 6
                    ? new Checkpoint(c.epoch(), c.step(), c.name(), late)
                    : line));
  }

  @Test
  void anEpochThatNeverBegan() {
    found(
        Promise.P2,
        "a line of epoch 2 was written, but that epoch never began",
        RIGHT.stream().filter(line -> !(line instanceof Begin b && b.epoch() == 2)).toList());
  }

  @Test
  void anEpochFromAStepThatWasNotSaved() {
    found(
        Promise.P3,
        "epoch 2 began from step 6, but no earlier epoch had saved that step",
        RIGHT.stream().filter(line -> !(line instanceof Checkpoint c && c.step() == 6)).toList());
  }

  @Test
  void anEpochFromACheckpointThatWasCompletedLater() {
    long late = RIGHT.stream().filter(line -> line.epoch() == 2).findFirst().get().millis() + 50;
    found(
        Promise.P3,
        "epoch 2 began from step 6, but no earlier epoch had saved that step",
        map(
            line ->
                line instanceof Checkpoint c && c.step() == 6
                    ? new Checkpoint(c.epoch(), c.step(), c.name(), late)
                    : line));
  }

  /** The checkpoint is complete, but its leader was killed before it wrote the line. */
  @Test
  void allowsALeaderKilledBetweenACheckpointAndItsLine() {
    WrittenRun run = new WrittenRun(3).begin(0).to(6).withoutLastLine();
    assertTrue(check(run.begin(6).to(12).end().lines()).isClean());
  }

  @Test
  void aCheckpointOfAnotherStep() {
    found(
        Promise.P3,
        "checkpoint step-00000009 of epoch 3 is of step 8, but the epoch stood at step 9",
        map(
            line ->
                line instanceof Checkpoint c && c.step() == 9
                    ? new Checkpoint(c.epoch(), 8, c.name(), c.millis())
                    : line));
  }

  @Test
  void aLastStepThatIsNotSaved() {
    found(
        Promise.P3,
        "the last step is 12, but the last checkpoint is of step 9",
        RIGHT.stream().filter(line -> !(line instanceof Checkpoint c && c.step() == 12)).toList());
  }

  @Test
  void aRunThatEndsEarly() {
    WrittenRun run = new WrittenRun(3).begin(0).to(11).end();
    Findings findings =
        found(Promise.P2, "ends at step 11, but the undisturbed run at step 12", run.lines());
    assertEquals(1, findings.lostBatches());
  }

  @Test
  void aRunThatDoesNotEnd() {
    found(
        Promise.P2,
        "the session has not ended; it stands at step 12",
        RIGHT.stream().filter(line -> !(line instanceof End)).toList());
    found(Promise.P2, "the session has not ended; it stands at step 0", List.of());
  }

  @Test
  void anEndOfAnotherStep() {
    found(
        Promise.P2,
        "epoch 3 ended at step 11, but stood at 12",
        map(line -> line instanceof End e ? new End(e.epoch(), 11, e.millis()) : line));
  }

  @Test
  void anEpochThatGoesOnAfterItsEnd() {
    List<EpochLine> lines = new ArrayList<>(RIGHT);
    lines.add(RIGHT.indexOf(ofStep(RIGHT, 3, 12)), new End(3, 11, 0));
    found(Promise.P2, "epoch 3 went on after its end", lines);
  }

  @Test
  void otherFinalWeights() {
    Map<String, Long> weights = new HashMap<>(WrittenRun.WEIGHTS);
    weights.put("embedding", 13L);
    assertWeights(weights, "the final weights of 1 of 2 owners differ", "first embedding");
    weights.remove("embedding");
    assertWeights(weights, "the final weights of 1 of 2 owners differ", "first embedding");
    assertWeights(Map.of(), "there are no final weights to compare", "");
  }

  @Test
  void aNodeAboveItsBudget() {
    List<MemoryPeak> peaks =
        List.of(
            new MemoryPeak("node a:1", "device", 100, 100),
            new MemoryPeak("node b:2", "host", 101, 100));
    Findings findings =
        HistoryChecker.check(run(history(RIGHT)), run(history(UNDISTURBED)), peaks.subList(0, 1));
    assertTrue(findings.isClean());
    findings = HistoryChecker.check(run(history(RIGHT)), run(history(UNDISTURBED)), peaks);
    assertHas(findings, Promise.P4, "node b:2 used 101 bytes of host memory");
    assertEquals(1, findings.violations().size());
  }

  @Test
  void aWrongUndisturbedRun() {
    List<EpochLine> wrong =
        UNDISTURBED.stream().filter(line -> !(line instanceof Commit c && c.step() == 4)).toList();
    Findings findings = HistoryChecker.check(run(history(RIGHT)), run(history(wrong)), List.of());
    assertHas(findings, Promise.P2, "in the undisturbed run, the steps from 4 to 4 are missing");
  }

  /** After a spike, both runs go back and refuse steps that they had applied. */
  @Test
  void allowsStepsThatBothRunsRefuseTheSecondTime() {
    List<EpochLine> undisturbed = rolledBack(8);
    List<EpochLine> disturbed = rolledBack(7);
    Findings findings =
        HistoryChecker.check(run(history(disturbed)), run(history(undisturbed)), List.of());
    assertEquals(List.of(), findings.violations());
    findings = HistoryChecker.check(run(history(disturbed)), run(history(UNDISTURBED)), List.of());
    assertHas(findings, Promise.P1, "step 7 has in epoch 2 other updates than in epoch 1");
  }

  /** Commits up to a step, then goes back to 6 and refuses step 7 and all after it. */
  private static List<EpochLine> rolledBack(long spike) {
    List<EpochLine> lines = new ArrayList<>();
    for (EpochLine line : new WrittenRun(3).begin(0).to(spike).begin(6).to(9).end().lines()) {
      lines.add(
          line instanceof Commit c && c.epoch() == 2
              ? new Commit(
                  2, c.step(), c.batch(), c.documents(), new TreeMap<>(), false, c.millis())
              : line);
    }
    return lines;
  }

  private static void assertWeights(Map<String, Long> weights, String... parts) {
    Findings findings =
        HistoryChecker.check(
            new HistoryChecker.Run(history(RIGHT), weights), run(history(UNDISTURBED)), List.of());
    assertFalse(findings.weightsEqual());
    for (String part : parts) {
      assertHas(findings, Promise.P1, part);
    }
  }
}
