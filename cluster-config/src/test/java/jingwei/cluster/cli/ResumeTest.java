package jingwei.cluster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static jingwei.cluster.cli.TinyCommands.MAPPER;
import static jingwei.cluster.cli.TinyCommands.call;
import static jingwei.cluster.cli.TinyCommands.callWith;
import static jingwei.cluster.cli.TinyCommands.losses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.cli.TinyCommands.Output;
import jingwei.model.disk.DurableFile;
import jingwei.model.kernel.VectorKernels;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resumes runs from any checkpoint, on any machine. */
class ResumeTest {
  @TempDir private Path folder;
  private TinyCommands commands;

  @BeforeEach
  void setUp() {
    commands = new TinyCommands(folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lanes=1",
        "device.memory=8900000",
        "lookahead=4",
        "trainer=reference",
        "inFlight=1"
      })
  void comesToTheSameBytesOnAnotherMachine(String change) throws IOException {
    List<String> data = commands.writeTexts();
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    assertEquals(0, commands.train(whole, 12, data).exitCode());
    assertEquals(0, commands.train(parts, 12, data).exitCode());
    List<String> arguments =
        new ArrayList<>(List.of("train", "--run", parts.toString(), "--resume", "step-00000006"));
    change.lines().forEach(value -> arguments.addAll(List.of("--set", value)));
    Output resumed = call(arguments.toArray(String[]::new));
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertEquals(losses(whole), losses(parts));
    assertArrayEquals(weights(whole), weights(parts));
    assertTrue(resumed.err().contains("after step 6; code: epoch 0, document "), resumed.err());
  }

  @Test
  void namesTheBrokenCheckpointAndUsesTheOneBeforeOnRequest() throws IOException {
    List<String> data = commands.writeTexts();
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(whole, 12, data).exitCode());
    assertEquals(0, commands.train(run, 12, data).exitCode());
    Path dense = run.resolve("checkpoints/step-00000012/dense.safetensors");
    byte[] bytes = Files.readAllBytes(dense);
    bytes[bytes.length - 9] ^= 1;
    Files.write(dense, bytes);
    Output broken = call("train", "--run", run.toString(), "--resume", "latest");
    assertEquals(3, broken.exitCode(), broken.err());
    assertTrue(broken.err().contains("step-00000012/dense.safetensors"), broken.err());
    assertTrue(broken.err().contains("--resume latest-good"), broken.err());
    assertEquals(3, call("model", "inspect", "--checkpoint", run.toString()).exitCode());
    Output good = call("train", "--run", run.toString(), "--resume", "latest-good");
    assertEquals(0, good.exitCode(), good.err());
    assertTrue(good.err().contains("skipped: the checkpoint"), good.err());
    assertArrayEquals(weights(whole), weights(run));
  }

  @Test
  void startsAtTheFirstStepIfThereIsNoCheckpoint() throws IOException {
    List<String> data = commands.writeTexts();
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(whole, 6, data).exitCode());
    assertEquals(0, commands.train(run, 6, data).exitCode());
    delete(run.resolve("checkpoints"));
    Files.createDirectories(run.resolve("checkpoints"));
    Output again = call("train", "--run", run.toString(), "--resume", "latest");
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(losses(whole), losses(run));
    assertArrayEquals(weights(whole), weights(run));
  }

  /**
   * After a resume with more steps, learning rates equal those of a run with as many steps from its
   * start.
   */
  @Test
  void followsTheRatesOfTheLongerRunFromTheResumeOn() throws IOException {
    List<String> data = commands.writeTexts();
    Path shorter = folder.resolve("shorter");
    Path longer = folder.resolve("longer");
    assertEquals(0, commands.train(shorter, 12, data).exitCode());
    assertEquals(0, commands.train(longer, 24, data).exitCode());
    Output more = call("train", "--run", shorter.toString(), "--resume", "latest", "--steps", "24");
    assertEquals(0, more.exitCode(), more.err());
    List<Double> rates = rates(shorter);
    assertEquals(24, rates.size());
    assertEquals(rates(longer).subList(12, 24), rates.subList(12, 24));
    assertNotEquals(rates(longer).get(11), rates.get(11));
  }

  /** The resumed run is killed before it writes a checkpoint. */
  @Test
  void keepsTheValuesOfAResumeThatWasKilled() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    Path killed = folder.resolve("killed");
    assertEquals(0, commands.train(run, 12, data).exitCode());
    assertEquals(
        0,
        call("train", "--run", run.toString(), "--resume", "latest", "--steps", "24").exitCode());
    assertEquals(0, commands.train(killed, 12, data).exitCode());
    Files.copy(
        run.resolve("config.conf"),
        killed.resolve("config.conf"),
        StandardCopyOption.REPLACE_EXISTING);
    Output again = call("train", "--run", killed.toString(), "--resume", "latest");
    assertEquals(0, again.exitCode(), again.err());
    assertEquals(losses(run), losses(killed));
    assertArrayEquals(weights(run), weights(killed));
  }

  @Test
  void findsTheCheckpointIfThePointerIsMissing() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 12, data).exitCode());
    for (String resume : List.of("latest", "latest-good")) {
      Files.delete(run.resolve("checkpoints/latest"));
      Output resumed = call("train", "--run", run.toString(), "--resume", resume);
      assertEquals(0, resumed.exitCode(), resumed.err());
      assertTrue(resumed.err().contains("after step 12"), resumed.err());
    }
    Files.delete(run.resolve("metrics.jsonl"));
    Files.delete(run.resolve("config.conf"));
    assertEquals(2, commands.train(run, 12, data).exitCode(), "there are checkpoints in it");
    assertTrue(Files.exists(run.resolve("checkpoints/step-00000012/manifest.json")));
  }

  /** Values missing from the file come from the checkpoint, not from the defaults. */
  @Test
  void takesMissingValuesFromTheCheckpoint() throws IOException {
    List<String> data = commands.writeTexts();
    Path whole = folder.resolve("whole");
    Path damaged = folder.resolve("damaged");
    for (Path run : List.of(whole, damaged)) {
      assertEquals(0, commands.train(run, 6, data).exitCode());
      if (run.equals(damaged)) {
        Path file = run.resolve("config.conf");
        List<String> lines = Files.readAllLines(file);
        lines.removeIf(line -> line.contains("peak") || line.contains("beta"));
        Files.write(file, lines);
        Files.write(run.resolve("checkpoints/best"), new byte[] {-1, -2});
      }
      Output resumed = call("train", "--run", run.toString(), "--resume", "latest", "--steps", "8");
      assertEquals(0, resumed.exitCode(), resumed.err());
    }
    assertEquals(losses(whole), losses(damaged));
    assertArrayEquals(weights(whole), weights(damaged));
  }

  /** The checkpoint also has the whole configuration. */
  @Test
  void usesTheCheckpointsConfigurationIfTheFileIsCutShort() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 6, data).exitCode());
    Path file = run.resolve("config.conf");
    String whole = Files.readString(file);
    Files.writeString(file, whole.substring(0, whole.length() / 2));
    Output resumed = call("train", "--run", run.toString(), "--resume", "latest", "--steps", "8");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.err().contains("config.conf is damaged; the run continues"), resumed.err());
    assertTrue(Files.readString(file).contains("steps=8"), "it is written anew");
    Files.writeString(file, whole.substring(0, whole.length() / 2));
    delete(run.resolve("checkpoints"));
    Output without = call("train", "--run", run.toString(), "--resume", "latest");
    assertEquals(2, without.exitCode(), without.err());
    assertTrue(without.err().contains("start the run anew in another folder"), without.err());
  }

  @Test
  void acceptsAStepWithoutLeadingZerosAndReportsLostMetrics() throws IOException {
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 12, commands.writeTexts()).exitCode());
    Files.delete(run.resolve("metrics.jsonl"));
    Output resumed = call("train", "--run", run.toString(), "--resume", "step-6");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.err().contains("after step 6; "), resumed.err());
    assertTrue(resumed.err().contains("metrics.jsonl is missing"), resumed.err());
    assertEquals(6, losses(run).size());
    Output inspected =
        call("model", "inspect", "--checkpoint", run.toString(), "--name", "step-6", "--json");
    assertEquals(6, inspected.json().path("step").asLong(), inspected.err());
    JsonNode shape = inspected.json().path("shape");
    assertEquals(
        "{\"vocabulary\":%d,\"context\":32,\"width\":32,\"heads\":2,\"innerWidth\":64,\"denseBlocks\":1,\"routedBlocks\":1,\"domains\":3,\"expertsPerDomain\":2,\"queryLayer\":true}"
            .formatted(shape.path("vocabulary").asInt()),
        shape.toString());
    Output missing = call("train", "--run", run.toString(), "--resume", "step-7");
    assertEquals(2, missing.exitCode(), missing.err());
  }

  /** Given values are compared with the run's values, not with those of a new run. */
  @Test
  void acceptsAValueThatFitsOnlyTheRun() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    Output begun =
        commands.train(run, 6, data, "--set", "batch.rows=9", "--set", "batch.rowsPerMicroBatch=3");
    assertEquals(0, begun.exitCode(), begun.err());
    Output resumed =
        call(
            "train",
            "--run",
            run.toString(),
            "--resume",
            "latest",
            "--steps",
            "8",
            "--set",
            "batch.rows=9");
    assertEquals(0, resumed.exitCode(), resumed.err());
  }

  @Test
  void refusesAFolderWithoutAName() {
    for (String empty : List.of("", " ")) {
      Output refused = call("train", "--run", empty);
      assertEquals(2, refused.exitCode(), refused.err());
      assertTrue(refused.err().contains("--run names no folder"), refused.err());
    }
  }

  @Test
  void keepsAnExistingConfigurationFile() throws IOException {
    Path run = Files.createDirectories(folder.resolve("run"));
    Files.writeString(run.resolve("config.conf"), "seed = 5");
    assertEquals(2, commands.train(run, 6, commands.writeTexts()).exitCode());
    assertEquals("seed = 5", Files.readString(run.resolve("config.conf")));
  }

  /** A run started with another version of a library resumes with a warning. */
  @Test
  void reportsThatOtherKernelsComputedTheCheckpoint() throws IOException {
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 6, commands.writeTexts()).exitCode());
    Path manifest = run.resolve("checkpoints/step-00000006/manifest.json");
    String text = Files.readString(manifest);
    String changed = text.replace(VectorKernels.fingerprintHere(), "jingwei-1 an older library");
    assertNotEquals(text, changed);
    Files.writeString(manifest, changed);
    Files.writeString(
        manifest.resolveSibling("manifest.crc32c"),
        "%08x\n".formatted(DurableFile.crc32c(changed.getBytes(UTF_8))));
    Output resumed = call("train", "--run", run.toString(), "--resume", "latest", "--steps", "8");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.err().contains("computed by other kernels"), resumed.err());
    assertTrue(resumed.err().contains("an older library"), resumed.err());
  }

  @Test
  void readsTheSpoolInsteadOfThePipe() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 90; i++) {
      rows.append("{\"domain\": \"d%d\", \"text\": \"row %d of a pipe\"}\n".formatted(i % 2, i));
    }
    Path run = folder.resolve("piped");
    List<String> tiny = TinyCommands.TINY;
    Output first = callWith(rows.toString(), trainArguments(run, 12, tiny));
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().contains("90 rows are kept"), first.err());
    byte[] weights = weights(run);
    Output again =
        callWith(
            "{\"domain\": \"d0\", \"text\": \"something else\"}\n",
            "train",
            "--run",
            run.toString(),
            "--resume",
            "step-00000006");
    assertEquals(0, again.exitCode(), again.err());
    assertArrayEquals(weights, weights(run));
    Output anew = callWith("", trainArguments(run, 12, tiny));
    assertEquals(2, anew.exitCode(), "acknowledged rows would be lost: " + anew.err());
    Output evaluated = call("eval", "--checkpoint", run.toString(), "--name", "best");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
  }

  private static String[] trainArguments(Path run, int steps, List<String> assignments) {
    List<String> all =
        new ArrayList<>(
            List.of("train", "--run", run.toString(), "--steps", "" + steps, "--data", "-"));
    assignments.forEach(value -> all.addAll(List.of("--set", value)));
    return all.toArray(String[]::new);
  }

  private static List<Double> rates(Path run) throws IOException {
    List<Double> rates = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      rates.add(MAPPER.readTree(line).path("lr").asDouble());
    }
    return rates;
  }

  private static byte[] weights(Path run) throws IOException {
    String latest = Files.readString(run.resolve("checkpoints/latest")).strip();
    return Files.readAllBytes(run.resolve("checkpoints").resolve(latest + "/dense.safetensors"));
  }

  private static void delete(Path root) throws IOException {
    try (var all = Files.walk(root)) {
      for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
