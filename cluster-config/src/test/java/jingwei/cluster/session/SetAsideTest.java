package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.SmallRun.Heard;
import jingwei.cluster.settings.Configuration;
import jingwei.model.UserException;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.CheckpointFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Going back loses nothing before the new branch has saved a checkpoint. */
class SetAsideTest {
  @TempDir Path folder;
  private SmallRun small;
  private RunFolder run;

  @BeforeEach
  void setUp() {
    small = new SmallRun(folder);
    small.run("run", FaultPlan.none());
    run = new RunFolder(small.folder("run"));
  }

  @Test
  void waitsUntilTheNewBranchHasSaved() {
    Map<String, Long> weights = small.weights("run");
    List<String> ledger = small.lines("run", "ledger.jsonl");
    Heard heard = new Heard();
    List<String> whileTraining = new ArrayList<>();
    small.run(
        "run",
        "step-00000003",
        FaultPlan.none(),
        () -> {
          whileTraining.addAll(setAside());
          return false;
        },
        heard);
    assertTrue(whileTraining.contains("step-00000006"), whileTraining.toString());
    assertTrue(whileTraining.contains("step-00000008"), whileTraining.toString());
    String told = String.join("\n", heard.notes);
    assertTrue(
        told.contains("1-after-3: step-00000006, step-00000008 and the lines of 5 steps;"), told);
    assertTrue(
        told.contains(
            "deleted what was set aside (step-00000006, step-00000008), now that step-00000006 is safe"),
        told);
    assertFalse(Files.exists(run.setAside()), "the new branch has saved");
    assertEquals(weights, small.weights("run"));
    assertEquals(ledger, small.lines("run", "ledger.jsonl"));
  }

  /** A branch that never saved anything does not cause the older one to be deleted. */
  @ParameterizedTest
  @ValueSource(strings = {"3 0", "0", "6 3", "3 3", "6 3 0", "3 0 0"})
  void bringsBackACheckpointThatIsNamed(String wentBackTo) {
    Map<String, Long> weights = small.weights("run");
    List<String> ledger = small.lines("run", "ledger.jsonl");
    List<String> metrics = small.lines("run", "metrics.jsonl");
    for (String step : wentBackTo.split(" ", -1)) {
      new SetAside(run).after(Long.parseLong(step), note -> {});
      assertEquals(Integer.parseInt(step), small.lines("run", "ledger.jsonl").size());
    }
    Heard heard = small.run("run", "step-00000008", FaultPlan.none(), () -> true);
    assertTrue(heard.notes.stream().anyMatch(note -> note.contains("after step 8")));
    assertEquals(weights, small.weights("run"));
    assertEquals(ledger, small.lines("run", "ledger.jsonl"));
    assertEquals(metrics, small.lines("run", "metrics.jsonl"));
    assertEquals(
        List.of("step-00000003", "step-00000006", "step-00000008"),
        run.checkpoints().reading().names());
  }

  /** The branches differ after their common step. */
  @Test
  void restoresTheStepsBeforeABranchAndNoneOfAnother() throws IOException {
    List<String> ledger = small.lines("run", "ledger.jsonl");
    new SetAside(run).after(3, note -> {});
    Files.write(run.ledger(), List.of("{\"step\":4,\"other\":true}"), StandardOpenOption.APPEND);
    new SetAside(run).after(2, note -> {});
    Files.write(run.ledger(), List.of("{\"step\":3,\"other\":true}"), StandardOpenOption.APPEND);
    SetAside aside = new SetAside(run);
    aside.bringBack(aside.holding("step-00000006").orElseThrow(), note -> {});
    assertEquals(ledger, small.lines("run", "ledger.jsonl"));
    assertEquals(
        List.of("step-00000003", "step-00000006", "step-00000008"),
        run.checkpoints().reading().names());
  }

  @Test
  void isNotChangedByARefusedRequest() throws IOException {
    new SetAside(run).after(3, note -> {});
    Map<String, String> before = small.tree("run");
    Configuration other = small.configuration().with(Map.of("seed", 9), "--seed");
    assertThrows(UserException.class, () -> small.resume("run", "step-00000006", other).close());
    assertEquals(before, small.tree("run"));
    Path broken = run.setAside().resolve("1-after-3/step-00000006/dense.safetensors");
    byte[] bytes = Files.readAllBytes(broken);
    bytes[bytes.length - 9] ^= 1;
    Files.write(broken, bytes);
    before = small.tree("run");
    assertThrows(
        CheckpointException.class,
        () -> small.resume("run", "step-00000006", small.configuration()).close());
    assertEquals(before, small.tree("run"));
  }

  @Test
  void changesNothingIfThereAreNoLaterSteps() {
    List<String> notes = new ArrayList<>();
    new SetAside(run).after(8, notes::add);
    assertEquals(List.of(), notes);
    assertTrue(new SetAside(run).isEmpty());
    assertFalse(Files.exists(run.setAside()));
  }

  @Test
  void dropsOnlyTheDamagedLine() throws IOException {
    List<String> ledger = new ArrayList<>(small.lines("run", "ledger.jsonl"));
    List<String> metrics = new ArrayList<>(small.lines("run", "metrics.jsonl"));
    ledger.set(1, "");
    metrics.set(4, metrics.get(4).substring(0, 20));
    Files.write(run.ledger(), ledger);
    Files.write(run.metrics(), metrics);
    Heard heard = small.run("run", "step-00000006", FaultPlan.none(), () -> false);
    assertEquals(7, small.lines("run", "ledger.jsonl").size());
    assertEquals(7, small.lines("run", "metrics.jsonl").size());
    for (String line : List.of("line 2 of " + run.ledger(), "line 5 of " + run.metrics())) {
      assertTrue(heard.notes.stream().anyMatch(note -> note.startsWith(line)), line);
    }
  }

  /** If a checkpoint is unreadable when the run must go back, the run ends and keeps it. */
  @Test
  void changesNothingIfACheckpointCannotBeRead() {
    FaultPlan crash = new FaultPlan(List.of(new FaultPlan.Fault("store", 5)), Duration.ZERO);
    Path[] before = new Path[1];
    FaultException fault =
        assertThrows(
            FaultException.class,
            () ->
                small.run(
                    "other",
                    null,
                    crash,
                    () -> {
                      makeUnreadable("other", before);
                      return false;
                    },
                    new Heard()));
    assertTrue(fault.getMessage().contains("cannot be read at the moment"), fault.getMessage());
    assertEquals(
        List.of("step-00000003"),
        new CheckpointFolder(small.folder("other").resolve("checkpoints")).names());
    assertTrue(Files.isSymbolicLink(before[0]));
    assertEquals(4, small.lines("other", "ledger.jsonl").size());
  }

  private void makeUnreadable(String name, Path[] made) {
    Path dense = small.checkpoint(name, 3).resolve("dense.safetensors");
    if (made[0] == null && Files.exists(dense)) {
      made[0] = dense;
      try {
        Files.delete(dense);
        Files.createSymbolicLink(dense, dense.getFileName());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private List<String> setAside() {
    return new SetAside(run).checkpoints();
  }
}
