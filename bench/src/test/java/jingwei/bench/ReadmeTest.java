package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every command of the README through the launcher, in another folder, as a new user would,
 * and holds its table of expected losses against what comes out. It stands in the last module,
 * where everything is built.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReadmeTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Another CPU may sum in vectors of another width, so the last digits of a loss may differ. */
  private static final double TOLERANCE = 0.05;

  @TempDir private static Path folder;

  @Test
  @Order(1)
  void trainsToTheLossesOfTheTable() throws Exception {
    Launched trained = Launched.run(folder, List.of(), "train");
    assertEquals(0, trained.exitCode(), trained.err());
    assertFalse(trained.err().contains("\u001B"), "control characters without a terminal");
    Path manifest = folder.resolve("runs/latest/checkpoints");
    String newest = Files.readString(manifest.resolve("latest")).strip();
    JsonNode logged = MAPPER.readTree(manifest.resolve(newest).resolve("manifest.json").toFile());
    Launched evaluated =
        Launched.run(folder, List.of(), "eval", "--checkpoint", "runs/latest", "--json");
    JsonNode domains = MAPPER.readTree(evaluated.out()).path("domains");
    Map<String, Double> expected = expectedBitsPerByte();
    assertEquals(4, expected.size());
    expected.forEach(
        (domain, bits) -> {
          JsonNode measured = domains.path(domain);
          assertEquals(bits, measured.path("bitsPerByte").asDouble(), bits * TOLERANCE, domain);
          assertEquals(
              logged.path("evaluation").path(domain).asDouble(),
              measured.path("loss").asDouble(),
              1e-12);
        });
  }

  @Test
  @Order(2)
  void runsEveryOtherCommand() throws Exception {
    int commands = 0;
    List<List<String>> ofCluster = ReadmeCommands.of(ReadmeCommands.CLUSTER);
    for (List<String> command : ReadmeCommands.all()) {
      if (!ofCluster.contains(command)
          && !command.equals(List.of("train"))
          && !command.equals(List.of("verify"))) {
        Launched output = Launched.run(folder, List.of(), command.toArray(String[]::new));
        assertEquals(0, output.exitCode(), command + "\n" + output.err());
        assertTrue(output.out().length() > 20, command + "\n" + output.out());
        assertFalse(output.out().contains("\uFFFD"), output.out());
        commands++;
      }
    }
    assertTrue(commands >= 5, "commands " + commands);
  }

  @Test
  @Order(3)
  void savesAndLeavesWhenInterrupted() throws Exception {
    Path text =
        Files.writeString(folder.resolve("some.txt"), "Some lines about the sea.\n".repeat(5000));
    Process process =
        new ProcessBuilder(
                Launched.HOME.resolve("jingwei").toString(),
                "train",
                "--data",
                "en=" + text,
                "--steps",
                "100000",
                "--run",
                "interrupted")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("interrupted.log").toFile())
            .start();
    Path metrics = folder.resolve("interrupted/metrics.jsonl");
    while (process.isAlive() && (!Files.exists(metrics) || Files.size(metrics) == 0)) {
      process.waitFor(100, TimeUnit.MILLISECONDS);
    }
    process.destroy();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), "still running two minutes after the signal");
    String log = Files.readString(folder.resolve("interrupted.log"));
    assertTrue(log.contains("stopped after"), log);
    Launched evaluated = Launched.run(folder, List.of(), "eval", "--checkpoint", "interrupted");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
  }

  private static Map<String, Double> expectedBitsPerByte() throws IOException {
    Map<String, Double> expected = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Launched.HOME.resolve("README.md"))) {
      Matcher row = Pattern.compile("\\| (\\w+) \\| [0-9.]+ \\| ([0-9.]+) \\|").matcher(line);
      if (row.matches()) {
        expected.put(row.group(1), Double.parseDouble(row.group(2)));
      }
    }
    return expected;
  }
}
