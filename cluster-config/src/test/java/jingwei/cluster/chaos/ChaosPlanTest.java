package jingwei.cluster.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import jingwei.cluster.chaos.FaultTarget.Task;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChaosPlanTest {
  @Test
  void readsKindTargetAndStep() {
    assertEquals(
        new PlannedFault(
            FaultKind.KILL, new FaultTarget.Holder(Task.DEVICE), 40, OptionalInt.empty()),
        only("kill:device@step=40"));
    assertEquals(
        new PlannedFault(FaultKind.RESTART, new FaultTarget.Driver(), 3, OptionalInt.empty()),
        only("restart:driver@step=3"));
    assertEquals(
        new PlannedFault(FaultKind.LEAVE, new FaultTarget.StartedNode(12), 1, OptionalInt.empty()),
        only("leave:node:12@step=1"));
    assertEquals(
        new PlannedFault(FaultKind.JOIN, new FaultTarget.NewNode(), 7, OptionalInt.empty()),
        only("join:node@step=7"));
  }

  @Test
  void aStopEndsAndAPartitionNeedNot() {
    assertEquals(OptionalInt.of(30), only("stop:host@step=5").seconds());
    assertEquals(OptionalInt.of(8), only("stop:host@step=5/seconds=8").seconds());
    assertEquals(OptionalInt.empty(), only("partition:coordinator@step=5").seconds());
    assertEquals(OptionalInt.of(9), only("partition:node:2@step=5/seconds=9").seconds());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kill:device@step=40",
        "stop:driver@step=2/seconds=30",
        "partition:node:3@step=9",
        "join:node@step=1"
      })
  void writesWhatItReads(String text) {
    assertEquals(text, only(text).text());
  }

  @Test
  void ordersFaultsByStep() {
    ChaosPlan plan =
        ChaosPlan.of(
            List.of("kill:host@step=9", "kill:device@step=4", "stop:host@step=9/seconds=1"));
    assertEquals(
        List.of("kill:device@step=4", "kill:host@step=9", "stop:host@step=9/seconds=1"),
        texts(plan));
  }

  @Test
  void readsAPlanFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("plan.txt");
    Files.writeString(file, "# first\n\nkill:host@step=9  # the store\n  join:node@step=12\r\n");
    assertEquals(List.of("kill:host@step=9", "join:node@step=12"), texts(ChaosPlan.read(file)));
    Path missing = folder.resolve("none.txt");
    String told = assertThrows(UserException.class, () -> ChaosPlan.read(missing)).getMessage();
    assertTrue(told.contains("none.txt cannot be read (no such file or folder)"), told);
  }

  @Test
  void namesTheWrongLine() {
    List<String> lines = List.of("# comment", "kill:host@step=9", "kil:host@step=9");
    assertEquals(
        "Line 3 of plan.txt names the fault kind 'kil', which does not exist; the nearest is 'kill' (all kinds: kill, stop, partition, restart, leave, join).",
        assertThrows(UserException.class, () -> ChaosPlan.ofLines("plan.txt", lines)).getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pause:host@step=3 | names the fault kind 'pause'",
        "kill:devise@step=3 | the nearest is 'device' (targets of kill: device, host, coordinator, node:N, driver)",
        "kill:node:0@step=3 | the nearest is 'node:N'",
        "kill:nod:2@step=3 | the nearest is 'node:N'",
        "kill:node@step=3 | gives kill the target 'node'; its targets are: device,",
        "join:host@step=3 | gives join the target 'host'; its targets are: node.",
        "join:node:4@step=3 | gives join the target 'node:4'",
        "leave:driver@step=3 | gives leave the target 'driver'",
        "partition:driver@step=3 | gives partition the target 'driver'",
        "kill:host@step=0 | a step is a number from 1",
        "kill:host@step=99999999999999999999 | a step is a number from 1",
        "kill:host@step=3/seconds=4 | only stop and partition take seconds",
        "stop:host@step=3/seconds=0 | seconds are a number from 1",
        "kill:host | which is not a fault; write KIND:TARGET@step=S",
        "kill@step=3 | which is not a fault",
        "kill:host@step=-3 | which is not a fault",
        "kill:host@step=3/minutes=4 | which is not a fault",
        "kill:host@after=3 | which is not a fault"
      })
  void refusesInASentence(String entry, String part) {
    String told = assertThrows(UserException.class, () -> only(entry)).getMessage();
    assertTrue(told.startsWith("--inject ") && told.contains(part), told);
  }

  @Test
  void refusesAFaultAfterTheLastStep() {
    ChaosPlan plan = ChaosPlan.of(List.of("kill:host@step=9"));
    plan.requireFits(3, 10);
    String told = assertThrows(UserException.class, () -> plan.requireFits(3, 9)).getMessage();
    assertTrue(told.contains("kill:host@step=9 comes too late: the run has 9 steps"), told);
  }

  @Test
  void aNodeMustBeStartedBefore() {
    ChaosPlan.of(List.of("kill:node:3@step=2")).requireFits(3, 10);
    ChaosPlan.of(List.of("join:node@step=2", "kill:node:4@step=2")).requireFits(3, 10);
    ChaosPlan early = ChaosPlan.of(List.of("join:node@step=3", "kill:node:4@step=2"));
    String told = assertThrows(UserException.class, () -> early.requireFits(3, 10)).getMessage();
    assertTrue(told.contains("kill:node:4@step=2 names node 4, but only 3 are started"), told);
  }

  private static PlannedFault only(String entry) {
    return ChaosPlan.of(List.of(entry)).faults().getFirst();
  }

  private static List<String> texts(ChaosPlan plan) {
    return plan.faults().stream().map(PlannedFault::text).toList();
  }
}
