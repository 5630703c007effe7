package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.cluster.session.LiveRun.Producer;
import jingwei.cluster.session.SmallRun.Heard;
import jingwei.model.UserException;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Live rows: the result depends on them and on their order in each domain, not on their times. */
@Timeout(120)
class LiveRunTest {
  private static final int STEPS = 8;
  @TempDir private Path folder;

  /**
   * Gives the rows of two steps, those of a further one after each step, and more if a step waits.
   * The rows of one domain come before those of the other, unlike in one stream of all rows.
   */
  private static final class Feeding extends Watching {
    final Heard heard = new Heard();
    private final Producer producer;
    private int given;

    Feeding(Producer producer) {
      this.producer = producer;
      giveMore();
      giveMore();
    }

    private void giveMore() {
      for (String domain : List.of("zh", "en")) {
        int from = given * LiveRun.ROWS_OF_A_STEP;
        producer.give(LiveRun.rows(domain, from, from + LiveRun.ROWS_OF_A_STEP));
      }
      given++;
    }

    @Override
    public void note(String sentence) {
      heard.note(sentence);
      if (sentence.contains("waits for rows")) {
        giveMore();
      }
    }

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {
      heard.step(metrics, plannedSteps);
      if (metrics.step() >= given - 1) { // not again when a step is repeated
        giveMore();
      }
    }
  }

  private static class Watching implements RunListener {
    @Override
    public void note(String sentence) {}

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {}
  }

  @Test
  void comesToTheSameBitsWheneverTheRowsCome() {
    comeAtOtherTimes("trainer=actors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trainer=reference",
        "trainer=actors lookahead=3 domainsPerBatch=1",
        "trainer=actors replicas=2 devices=2 hosts=2"
      })
  @Tag("long")
  void comesToTheSameBitsWheneverTheRowsComeWithOtherSettings(String changes) {
    comeAtOtherTimes(changes);
  }

  private void comeAtOtherTimes(String changes) {
    LiveRun live = new LiveRun(folder, changes.split(" "));
    Heard whole = live.run("whole", LiveRun.input(LiveRun.rows(0, STEPS + 4)));
    LiveRun.Result expected = live.result("whole");
    assertEquals(STEPS, expected.step());
    assertEquals(Set.of("en", "zh"), expected.heldOut().keySet());

    Heard slow = fed(live, "slow", STEPS);
    assertEquals(whole.losses, slow.losses);
    assertEquals(expected, live.result("slow"));

    Heard first = fed(live, "parts", 4);
    long stopped = live.result("parts").step();
    assertTrue(stopped >= 4 && stopped < STEPS, "stopped after " + stopped);
    List<String> rest = restAfter(live.kept("parts"));
    assertFalse(rest.isEmpty());
    Heard second = live.run("parts", LiveRun.input(rest));
    first.losses.forEach((step, loss) -> assertEquals(whole.losses.get(step), loss));
    second.losses.forEach((step, loss) -> assertEquals(whole.losses.get(step), loss));
    assertEquals(expected, live.result("parts"));
    assertTrue(
        second.notes.stream().anyMatch(note -> note.contains("rows of standard input are kept")),
        second.notes.toString());
  }

  @Test
  void comesToTheSameBitsAfterACrashOfAnActor() {
    LiveRun live = new LiveRun(folder);
    live.run("whole", LiveRun.input(LiveRun.rows(0, STEPS + 4)));
    FaultPlan crash = new FaultPlan(List.of(new Fault("output", 5)), Duration.ZERO);
    Heard heard = fed(live, "crashed", STEPS, crash);
    assertEquals(List.of(), crash.pending());
    assertTrue(heard.notes.stream().anyMatch(note -> note.contains("continues from")));
    assertEquals(live.result("whole"), live.result("crashed"));
  }

  @Test
  void endsWithTheLastFullStepWhenTheRowsEnd() {
    endEarly("trainer=actors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"trainer=reference", "trainer=actors lookahead=4"})
  @Tag("long")
  void endsWithTheLastFullStepWhenTheRowsEndWithOtherSettings(String changes) {
    endEarly(changes);
  }

  private void endEarly(String changes) {
    LiveRun live = new LiveRun(folder, changes.split(" "));
    Heard whole = live.run("whole", LiveRun.input(LiveRun.rows(0, STEPS + 4)));
    Heard heard = live.run("few", LiveRun.input(LiveRun.rows(0, 3)));
    long last = live.result("few").step();
    assertTrue(last >= 2 && last < STEPS, "the last step is " + last);
    assertEquals(last, heard.steps.getLast().step());
    String end = "the rows ended: they are enough for %d of 8 steps".formatted(last);
    assertTrue(heard.notes.stream().anyMatch(note -> note.startsWith(end)), heard.notes.toString());
    heard.losses.forEach((step, loss) -> assertEquals(whole.losses.get(step), loss));
    LiveRun more = new LiveRun(folder, (changes + " steps=80").split(" "));
    Heard again = more.run("few", LiveRun.input(List.of()));
    assertEquals(List.of(), again.steps, "no row is trained on twice");
    assertEquals(last, live.result("few").step());
  }

  @Test
  void saysThatAStepWaitsForADomainAndOutlivesTheDeadlineOfActors() {
    waitForADomain("trainer=actors");
  }

  @Test
  @Tag("long")
  void saysThatAStepWaitsForADomainAndOutlivesTheDeadlineOfActorsWithTheReferenceTrainer() {
    waitForADomain("trainer=reference");
  }

  private void waitForADomain(String trainer) {
    LiveRun live = new LiveRun(folder, trainer, "deadline=1 s");
    live.run("whole", LiveRun.input(LiveRun.rows(0, STEPS + 4)));
    List<String> waits = new ArrayList<>();
    try (Producer producer = new Producer()) {
      producer.give(LiveRun.rows("zh", 0, 2));
      producer.give(LiveRun.rows("en", 0, 98));
      RunListener listener =
          new Watching() {
            @Override
            public void note(String sentence) {
              if (sentence.contains("waits for rows")) {
                waits.add(sentence);
                producer.give(LiveRun.rows("zh", 2, 98));
              }
            }
          };
      live.run("dry", producer.pipe(), FaultPlan.none(), () -> false, listener);
    }
    assertEquals(1, waits.size(), waits.toString());
    assertTrue(
        waits
            .getFirst()
            .matches("step \\d waits for rows of domain zh from standard input; 100 rows .*"),
        waits.getFirst());
    assertEquals(live.result("whole"), live.result("dry"));
  }

  @Test
  void savesAndNamesTheDomainWhenNoRowComesForLong() {
    fallSilent("trainer=actors");
  }

  @Test
  @Tag("long")
  void savesAndNamesTheDomainWhenNoRowComesForLongWithTheReferenceTrainer() {
    fallSilent("trainer=reference");
  }

  private void fallSilent(String trainer) {
    LiveRun live = new LiveRun(folder, trainer, "data.deadline=500 ms");
    live.run("whole", LiveRun.input(LiveRun.rows(0, STEPS + 4)));
    try (Producer producer = new Producer()) {
      producer.give(LiveRun.rows(0, 4));
      FaultException silent =
          assertThrows(FaultException.class, () -> live.run("silent", producer.pipe()));
      String message = silent.getMessage();
      assertTrue(message.matches(".*step \\d waited for rows of domain (en|zh) .*"), message);
      assertTrue(message.contains("resume with --run"), message);
    }
    long last = live.result("silent").step();
    assertTrue(last > 1 && last < STEPS, "the last step is " + last);
    live.run("silent", LiveRun.input(restAfter(live.kept("silent"))));
    assertEquals(live.result("whole"), live.result("silent"));
  }

  @Test
  void trainsOnTheRowsThatAreKeptBeforeItEndsWithABrokenPipe() {
    LiveRun live = new LiveRun(folder);
    List<String> rows = new ArrayList<>(LiveRun.rows(0, 4));
    rows.add("{\"domain\": \"en\", \"text\": \"cut o");
    FaultException broken =
        assertThrows(FaultException.class, () -> live.run("broken", LiveRun.input(rows)));
    assertTrue(
        broken.getMessage().contains("standard input ended in the middle of a row"),
        broken.getMessage());
    assertTrue(live.result("broken").step() > 1);
    assertEquals(LiveRun.rows(0, 4), live.kept("broken"));
    assertFalse(live.files().folder("broken").resolve("spool/end").toFile().exists());
  }

  @Test
  void listsEveryRowThatCannotBeUsedAlsoAfterTheLastStep() {
    LiveRun live = new LiveRun(folder, "data.maxRejectedShare=0.5");
    List<String> rows = new ArrayList<>(LiveRun.rows(0, STEPS + 4));
    rows.add(3, "no JSON\n");
    rows.add(10, "{\"domain\": \"fr\", \"text\": \"un\"}\n");
    rows.add("last\n");
    Heard heard = live.run("run", LiveRun.input(rows));
    List<String> rejected = live.files().lines("run", "rejected.jsonl");
    assertEquals(3, rejected.size(), rejected.toString());
    assertTrue(rejected.get(0).startsWith("{\"file\":\"-\",\"line\":4,\"byte\":"));
    assertTrue(rejected.get(1).contains("the domain 'fr' is not one of data.domains (en, zh)"));
    assertTrue(rejected.get(2).contains("\"line\":" + rows.size()));
    assertTrue(heard.notes.getLast().startsWith("rejected 3 of " + rows.size()));
    LiveRun clean = new LiveRun(folder);
    clean.run("clean", LiveRun.input(LiveRun.rows(0, STEPS + 4)));
    assertEquals(clean.result("clean"), live.result("run"), "rejected rows change nothing");
  }

  @Test
  void refusesRowsThatAreNotThoseOfTheCheckpoint() throws Exception {
    LiveRun live = new LiveRun(folder);
    fed(live, "run", 4);
    Path rows = folder.resolve("run/spool/rows.jsonl");
    String kept = Files.readString(rows);
    Files.writeString(rows, kept.replaceFirst("\"text\": \"", "\"text\": \"other "));
    UserException changed =
        assertThrows(UserException.class, () -> live.run("run", LiveRun.input(LiveRun.rows(0, 1))));
    assertTrue(changed.getMessage().startsWith("The text is not the one"), changed.getMessage());
    Files.writeString(rows, kept.substring(0, kept.indexOf('\n') + 1));
    UserException missing =
        assertThrows(UserException.class, () -> live.run("run", LiveRun.input(LiveRun.rows(0, 1))));
    assertTrue(missing.getMessage().contains("not all in its spool"), missing.getMessage());
  }

  @Test
  void leavesNothingOfARunThatCannotBegin() {
    LiveRun live = new LiveRun(folder, "device.memory=1 KiB");
    assertThrows(UserException.class, () -> live.run("run", LiveRun.input(LiveRun.rows(0, 9))));
    assertFalse(Files.exists(folder.resolve("run")));
  }

  private static Heard fed(LiveRun live, String name, int stopAfter) {
    return fed(live, name, stopAfter, FaultPlan.none());
  }

  /** Runs on rows that come bit by bit, and stops after this many steps unless they are all. */
  private static Heard fed(LiveRun live, String name, int stopAfter, FaultPlan faults) {
    try (Producer producer = new Producer()) {
      Feeding feeding = new Feeding(producer);
      live.run(
          name,
          producer.pipe(),
          faults,
          () -> stopAfter < STEPS && feeding.heard.steps.size() >= stopAfter,
          feeding);
      return feeding.heard;
    }
  }

  /** The rows of both domains that come after those that are kept. */
  private static List<String> restAfter(List<String> kept) {
    List<String> rest = new ArrayList<>(LiveRun.rows(0, STEPS + 4));
    kept.forEach(row -> assertTrue(rest.remove(row), row));
    return rest;
  }
}
