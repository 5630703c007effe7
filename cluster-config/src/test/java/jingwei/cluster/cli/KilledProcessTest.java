package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.MAPPER;
import static jingwei.cluster.cli.TinyCommands.call;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jingwei.cluster.cli.TinyCommands.Output;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the process with signal 9 repeatedly, resumes it each time, and compares the result with an
 * uninterrupted run. The runs cross the ends of epochs, shuffle documents of several files, save a
 * checkpoint every other step, and read rows from a pipe.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class KilledProcessTest {
  private static final int STEPS = 60;

  @TempDir private Path folder;
  private KilledRuns runs;

  @BeforeEach
  void setUp() {
    runs = new KilledRuns(folder, STEPS, "checkpoint.every=2", "evaluation.tokensPerDomain=50");
  }

  @Test
  void givesTheSameBytesAfterThreeKills() throws Exception {
    killAndCompare(3, 3, 42);
  }

  @Test
  @Tag("long")
  void givesTheSameBytesAfterTwoHundredKills() throws Exception {
    killAndCompare(200, 12, 43);
  }

  @Test
  void losesNoRowOfAPipeWhenKilled() throws Exception {
    pipeAndCompare(2, 44);
  }

  @Test
  @Tag("long")
  void losesNoRowOfAPipeAfterManyKills() throws Exception {
    pipeAndCompare(30, 45);
  }

  /**
   * @param perRun kills per run; the run then continues to its end, and another starts
   */
  private void killAndCompare(int kills, int perRun, long seed) throws Exception {
    List<String> data = new TinyCommands(folder).writeTexts();
    Path whole = folder.resolve("whole");
    assertEquals(0, runs.start(whole, data).waitFor(), "the undisturbed run");
    assertTrue(lastEpoch(whole) >= 1, "the run is too short to see an epoch end");
    Random random = new Random(seed);
    int killed = 0;
    int whileSaving = 0;
    for (int run = 0; killed < kills; run++) {
      Path disturbed = folder.resolve("disturbed" + run);
      Process process = runs.start(disturbed, data);
      for (int i = 0; i < perRun && killed < kills && process.isAlive(); i++) {
        boolean saving = random.nextBoolean();
        boolean isKilled =
            saving
                ? runs.killWhileSaving(process, disturbed, random)
                : runs.killAfterSteps(process, disturbed, random);
        if (isKilled) {
          killed++;
          whileSaving += saving ? 1 : 0;
          evaluatesToItsLoggedLoss(disturbed);
        }
        process = runs.resume(disturbed);
      }
      assertEquals(0, process.waitFor(), "the last part of run " + run);
      assertSame(whole, disturbed);
      delete(disturbed);
    }
    System.out.printf("%d kills, %d of them while a checkpoint was written%n", killed, whileSaving);
  }

  private void pipeAndCompare(int kills, long seed) throws Exception {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(
          "{\"domain\": \"%s\", \"text\": \"row %d says %d\"}\n"
              .formatted(i % 3 == 0 ? "en" : "code", i, i * i));
    }
    Path whole = folder.resolve("whole");
    Process undisturbed = runs.start(whole, List.of("-"));
    feed(undisturbed, rows, 0, rows.size());
    assertEquals(0, undisturbed.waitFor());
    Random random = new Random(seed);
    for (int run = 0, killed = 0; killed < kills; run++) {
      Path disturbed = folder.resolve("disturbed" + run);
      Process process = runs.start(disturbed, List.of("-"));
      // Kill once while rows arrive, then during training.
      int given = 20 + random.nextInt(rows.size() - 20);
      feed(process, rows, 0, -given);
      runs.killWhenSpooled(process, disturbed, given);
      killed++;
      process = runs.resume(disturbed);
      // A row that was cut was never acknowledged.
      String spooled = Files.readString(KilledRuns.spool(disturbed));
      int kept = (int) spooled.chars().filter(c -> c == '\n').count();
      assertTrue(kept <= given, kept + " of " + given);
      feed(process, rows, kept, rows.size());
      killed += runs.killAfterSteps(process, disturbed, random) ? 1 : 0;
      process = runs.resume(disturbed);
      process.getOutputStream().close();
      assertEquals(0, process.waitFor());
      assertSame(whole, disturbed);
      delete(disturbed);
    }
  }

  /** Writes rows to the pipe; a negative end keeps the pipe open. */
  private static void feed(Process process, List<String> rows, int from, int to)
      throws IOException {
    OutputStream pipe = process.getOutputStream();
    for (String row : rows.subList(from, Math.abs(to))) {
      pipe.write(row.getBytes(StandardCharsets.UTF_8));
    }
    pipe.flush();
    if (to >= 0) {
      pipe.close();
    }
  }

  /** The latest checkpoint loads, is complete, and evaluates to its logged loss. */
  private static void evaluatesToItsLoggedLoss(Path run) throws IOException {
    if (!Files.exists(run.resolve("checkpoints/latest"))) {
      return;
    }
    Manifest latest;
    try (Checkpoint opened = Checkpoint.open(run)) {
      opened.verify();
      latest = opened.manifest();
    }
    Output evaluated = call("eval", "--checkpoint", run.toString(), "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode domains = evaluated.json().path("domains");
    latest
        .run()
        .evaluation()
        .forEach(
            (domain, loss) ->
                assertEquals(loss, domains.path(domain).path("loss").asDouble(), 1e-12));
    assertEquals(3, latest.run().evaluation().size());
  }

  private static void assertSame(Path whole, Path disturbed) throws IOException {
    assertEquals(metrics(whole), metrics(disturbed));
    assertEquals(
        Files.readAllLines(whole.resolve("ledger.jsonl")),
        Files.readAllLines(disturbed.resolve("ledger.jsonl")));
    Path expected = latest(whole);
    Path actual = latest(disturbed);
    try (Stream<Path> files = Files.list(expected)) {
      List<Path> tensors = files.filter(f -> f.toString().endsWith(".safetensors")).toList();
      assertTrue(tensors.size() > 4);
      for (Path file : tensors) {
        assertArrayEquals(
            Files.readAllBytes(file),
            Files.readAllBytes(actual.resolve(file.getFileName())),
            file.toString());
      }
    }
  }

  private static Path latest(Path run) {
    try (Checkpoint opened = Checkpoint.open(run)) {
      return opened.folder();
    }
  }

  /** Everything that is not a measurement of time or of the machine. */
  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> steps = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      ObjectNode step = (ObjectNode) MAPPER.readTree(line);
      step.remove(List.of("tokensPerSecond", "ecss", "actors", "memory"));
      steps.add(step);
    }
    assertEquals(STEPS, steps.size());
    return steps;
  }

  private static int lastEpoch(Path run) throws IOException {
    return metrics(run).getLast().path("epoch").asInt();
  }

  private static void delete(Path run) throws IOException {
    try (Stream<Path> all = Files.walk(run)) {
      for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
