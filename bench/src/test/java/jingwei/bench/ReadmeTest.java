package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
  private static final Path HOME = Path.of("").toAbsolutePath().getParent();
  private static final long DEADLINE_MINUTES = 12;

  /** Another CPU may sum in vectors of another width, so the last digits of a loss may differ. */
  private static final double TOLERANCE = 0.05;

  @TempDir private static Path folder;

  private record Output(int exitCode, String out, String err) {}

  @Test
  @Order(1)
  void trainsToTheLossesOfTheTable() throws Exception {
    Output trained = run(folder, List.of(), "train");
    assertEquals(0, trained.exitCode, trained.err);
    assertFalse(trained.err.contains("\u001B"), "control characters without a terminal");
    Path manifest = folder.resolve("runs/latest/checkpoints");
    String newest = Files.readString(manifest.resolve("latest")).strip();
    JsonNode logged = MAPPER.readTree(manifest.resolve(newest).resolve("manifest.json").toFile());
    Output evaluated = run(folder, List.of(), "eval", "--checkpoint", "runs/latest", "--json");
    JsonNode domains = MAPPER.readTree(evaluated.out).path("domains");
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
    for (List<String> command : commands()) {
      if (!command.equals(List.of("train")) && !command.equals(List.of("verify"))) {
        Output output = run(folder, List.of(), command.toArray(String[]::new));
        assertEquals(0, output.exitCode, command + "\n" + output.err);
        assertTrue(output.out.length() > 20, command + "\n" + output.out);
        assertFalse(output.out.contains("\uFFFD"), output.out);
        commands++;
      }
    }
    assertTrue(commands >= 5, "commands " + commands);
  }

  @Test
  @Order(3)
  void findsAJdkThatTheEnvironmentDoesNotName() throws Exception {
    Output output = run(folder, List.of("JAVA_HOME=/no/such/folder"), "config");
    assertEquals(0, output.exitCode, output.err);
  }

  @Test
  @Order(4)
  void savesAndLeavesWhenInterrupted() throws Exception {
    Process process =
        new ProcessBuilder(
                HOME.resolve("jingwei").toString(),
                "train",
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
    Output evaluated = run(folder, List.of(), "eval", "--checkpoint", "interrupted");
    assertEquals(0, evaluated.exitCode, evaluated.err);
  }

  @Test
  @Order(5)
  void buildsWhenASourceIsNewerAndOnlyThen() throws Exception {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    copySources(copy);
    Output first = run(copy.resolve("jingwei"), folder, List.of(), "config");
    assertEquals(0, first.exitCode, first.err);
    assertTrue(first.err.contains("Building"), first.err);
    Path source = copy.resolve("model/src/main/java/jingwei/model/UserException.java");
    Path classpath = copy.resolve("cluster-config/target/classpath");
    Files.setLastModifiedTime(
        source, FileTime.fromMillis(Files.getLastModifiedTime(classpath).toMillis() + 1000));
    Output second = run(copy.resolve("jingwei"), folder, List.of(), "config");
    assertTrue(second.err.contains("Building"), second.err);
    Output third = run(copy.resolve("jingwei"), folder, List.of(), "config");
    assertEquals("", third.err.replaceAll("WARNING: Using incubator.*\\R", ""), "nothing to build");
  }

  private static void copySources(Path copy) throws IOException {
    try (Stream<Path> files = Files.walk(HOME)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path relative = HOME.relativize(file);
        String name = relative.toString();
        if (name.equals("jingwei") || name.endsWith("pom.xml") || name.contains("src/main/")) {
          Path target = copy.resolve(relative);
          Files.createDirectories(target.getParent());
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static List<List<String>> commands() throws IOException {
    List<List<String>> commands = new ArrayList<>();
    for (String line : Files.readAllLines(HOME.resolve("README.md"))) {
      if (line.startsWith("    ./jingwei ")) {
        List<String> words = new ArrayList<>();
        Matcher word = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(line.substring(14));
        while (word.find()) {
          words.add(word.group(1) != null ? word.group(1) : word.group(2));
        }
        commands.add(words);
      }
    }
    return commands;
  }

  private static Map<String, Double> expectedBitsPerByte() throws IOException {
    Map<String, Double> expected = new LinkedHashMap<>();
    for (String line : Files.readAllLines(HOME.resolve("README.md"))) {
      Matcher row = Pattern.compile("\\| (\\w+) \\| [0-9.]+ \\| ([0-9.]+) \\|").matcher(line);
      if (row.matches()) {
        expected.put(row.group(1), Double.parseDouble(row.group(2)));
      }
    }
    return expected;
  }

  private static Output run(Path where, List<String> environment, String... arguments)
      throws Exception {
    return run(HOME.resolve("jingwei"), where, environment, arguments);
  }

  private static Output run(
      Path launcher, Path where, List<String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("env"));
    command.addAll(environment);
    command.add(launcher.toString());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(where, "out", null);
    Path err = Files.createTempFile(where, "err", null);
    Process process =
        new ProcessBuilder(command)
            .directory(where.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("waited %d minutes for %s".formatted(DEADLINE_MINUTES, command));
    }
    return new Output(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
