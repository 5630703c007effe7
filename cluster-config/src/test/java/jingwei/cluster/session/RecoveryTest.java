package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.cluster.session.SmallRun.Heard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults while a run recovers from another one. */
@Timeout(120)
class RecoveryTest {
  private static final Fault IN_STEP = new Fault("output", 5);
  private static final Fault AT_THE_START = new Fault("node", 3);

  @TempDir Path folder;

  /** The store hangs in step 5, so the states of its experts cannot be saved. */
  @ParameterizedTest
  @ValueSource(strings = {"devices=1", "devices=1 hosts=1"})
  void namesTheStallIfTheStatesCannotBeSaved(String nodes) {
    List<String> assignments = new ArrayList<>(List.of("deadline=1 s"));
    assignments.addAll(List.of(nodes.split(" ", -1)));
    SmallRun small = new SmallRun(folder, assignments.toArray(String[]::new));
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("store", 5)), Duration.ofSeconds(10));
    FaultException fault = assertThrows(FaultException.class, () -> small.run("hung", hang));
    String message = fault.getMessage();
    assertTrue(message.contains("after step 4 because the coordinator waited"), message);
    assertTrue(message.contains("step-00000003 is complete, resume with"), message);
    assertEquals(3, small.latest("hung").step());
  }

  @ParameterizedTest
  @ValueSource(strings = {"steps=8", "hosts=1"})
  void survivesAFaultWhileTheStatesGoBack(String nodes) {
    SmallRun small = new SmallRun(folder, nodes, "deadline=4 s");
    Heard whole = new SmallRun(folder).run("whole", FaultPlan.none());
    FaultPlan faults = new FaultPlan(List.of(IN_STEP, AT_THE_START), Duration.ZERO);
    Heard heard = small.run("disturbed", faults);
    assertEquals(List.of(), faults.pending());
    assertEquals(2, restarts(heard), heard.notes.toString());
    assertEquals(whole.losses, heard.losses);
    assertEquals(small.weights("whole"), small.weights("disturbed"));
  }

  @Test
  void faultsWhileTheStatesGoBackCountAsRestarts() {
    SmallRun small = new SmallRun(folder);
    List<Fault> faults = new ArrayList<>(Collections.nCopies(20, AT_THE_START));
    faults.add(IN_STEP);
    Heard heard = new Heard();
    FaultException fault =
        assertThrows(
            FaultException.class,
            () ->
                small.run(
                    "disturbed", null, new FaultPlan(faults, Duration.ZERO), () -> false, heard));
    String message = fault.getMessage();
    assertTrue(message.contains("the actor node failed"), message);
    assertTrue(message.contains("step-00000003 is complete"), message);
    assertEquals(3, restarts(heard), heard.notes.toString());
  }

  private static long restarts(Heard heard) {
    return heard.notes.stream().filter(note -> note.contains("continues from")).count();
  }
}
