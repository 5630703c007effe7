package jingwei.cluster.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final FaultTiming FIRST =
      timing("kill:device@step=40", "127.0.0.1:7101", 3_000, 4_000);
  private static final FaultTiming SECOND =
      timing("kill:host@step=60", "127.0.0.1:7102", 2_000, 5_001);

  @Test
  void printsACleanVerdict() {
    Verdict verdict =
        new Verdict(
            new Findings(0, 0, true, 6, List.of()),
            List.of(FIRST, SECOND),
            OptionalDouble.of(0.9375));
    assertEquals(
        """
        {"verdict":"clean","lostBatches":0,"doubledBatches":0,"weightsEqual":true,"noticeMillis":2500,"resumeMillis":4501,"replayedSteps":6,"effectiveTime":0.9375,\
        "faults":[{"fault":"kill:device@step=40","step":40,"address":"127.0.0.1:7101","noticeMillis":3000,"resumeMillis":4000,"replayMillis":1500,"replayedSteps":3},\
        {"fault":"kill:host@step=60","step":60,"address":"127.0.0.1:7102","noticeMillis":2000,"resumeMillis":5001,"replayMillis":1500,"replayedSteps":3}],"violations":[]}""",
        verdict.json());
    assertEquals(
        List.of(
            "verdict: clean",
            "0 batches lost, 0 doubled; the final weights equal those of the undisturbed run",
            "kill:device@step=40 (127.0.0.1:7101): noticed after 3.0 s, first step 4.0 s later, 3 steps repeated in 1.5 s",
            "kill:host@step=60 (127.0.0.1:7102): noticed after 2.0 s, first step 5.0 s later, 3 steps repeated in 1.5 s",
            "6 steps repeated; effective training time 93.8 %"),
        verdict.lines());
  }

  @Test
  void printsADirtyVerdict() {
    OptionalLong none = OptionalLong.empty();
    FaultTiming unnoticed = new FaultTiming(FIRST.fault(), none, none, none, 0);
    Verdict verdict =
        new Verdict(
            new Findings(1, 2, false, 0, List.of(new Violation(Promise.P2, "a step is missing"))),
            List.of(unnoticed),
            OptionalDouble.empty());
    assertEquals(
        """
        {"verdict":"dirty","lostBatches":1,"doubledBatches":2,"weightsEqual":false,"noticeMillis":null,"resumeMillis":null,"replayedSteps":0,"effectiveTime":null,\
        "faults":[{"fault":"kill:device@step=40","step":40,"address":"127.0.0.1:7101","noticeMillis":null,"resumeMillis":null,"replayMillis":null,"replayedSteps":0}],\
        "violations":[{"promise":"P2","sentence":"a step is missing"}]}""",
        verdict.json());
    assertEquals(
        List.of(
            "verdict: dirty",
            "1 batches lost, 2 doubled; the final weights differ from those of the undisturbed run",
            "kill:device@step=40 (127.0.0.1:7101): not noticed",
            "0 steps repeated",
            "P2: a step is missing"),
        verdict.lines());
  }

  @Test
  void eachFindingAloneIsDirty() {
    List<Violation> none = List.of();
    for (Findings findings :
        List.of(
            new Findings(1, 0, true, 0, none),
            new Findings(0, 1, true, 0, none),
            new Findings(0, 0, false, 0, none),
            new Findings(0, 0, true, 0, List.of(new Violation(Promise.P4, "too much"))))) {
      assertEquals("dirty", new Verdict(findings, List.of(), OptionalDouble.empty()).word());
    }
  }

  @Test
  void peopleReadTheFirstViolations() {
    List<Violation> many = Collections.nCopies(12, new Violation(Promise.P1, "other bits"));
    List<String> lines =
        new Verdict(new Findings(0, 0, true, 0, many), List.of(), OptionalDouble.empty()).lines();
    assertEquals("and 2 more; --json lists them all", lines.getLast());
    assertEquals(10, lines.stream().filter("P1: other bits"::equals).count());
  }

  private static FaultTiming timing(String plan, String address, long notice, long resume) {
    return new FaultTiming(
        new InjectedFault(ChaosPlan.of(List.of(plan)).faults().getFirst(), address, 0),
        OptionalLong.of(notice),
        OptionalLong.of(resume),
        OptionalLong.of(1_500),
        3);
  }
}
