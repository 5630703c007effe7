package jingwei.cluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.cli.TinyCommands.Output;
import jingwei.cluster.trial.TrialTexts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults are injected into real processes; the result has the same bits as without them. */
@Timeout(600)
class ChaosCommandTest {
  private static final int STEPS = 40;

  private static final List<String> SEEN = new ArrayList<>();

  @TempDir Path folder;

  /** The times of all faults, for the documentation. */
  @AfterAll
  static void tell() {
    SEEN.forEach(System.out::println);
  }

  @Test
  void surviveTheLossOfTheCoordinator() throws IOException {
    JsonNode verdict = clean(STEPS, "kill:coordinator@step=15");
    assertEquals(1, verdict.path("faults").size());
    assertTrue(verdict.path("noticeMillis").asLong() > 0, verdict.toString());
    assertTrue(verdict.path("resumeMillis").asLong() > 0, verdict.toString());
    assertTrue(verdict.path("replayedSteps").asLong() >= 5, verdict.toString());
    List<EpochLine.Begin> epochs = epochs();
    assertEquals(3, epochs.getFirst().members().size());
    assertEquals(
        epochs.getFirst().leader(), verdict.path("faults").path(0).path("address").asText());
    assertNotEquals(epochs.getFirst().leader(), epochs.getLast().leader());
  }

  @ParameterizedTest
  @CsvSource({
    "--inject kill:devise@step=40, device",
    "--inject kill:device, KIND:TARGET@step=S",
    "--inject kill:device@step=60, --steps",
    "--inject kill:node:4@step=20, --nodes",
    "--plan none.txt, none.txt",
    "--plan none.txt --inject kill:device@step=40, either",
    "--nodes 0, --nodes",
  })
  void aWrongPlanIsRefusedBeforeAnythingStarts(String options, String word) {
    Path to = folder.resolve("trial");
    List<String> arguments = new ArrayList<>(List.of("chaos", "--steps", "60", "--folder"));
    arguments.add(to.toString());
    arguments.addAll(List.of(options.split(" ")));
    Output output = TinyCommands.call(arguments.toArray(String[]::new));
    assertEquals(Commands.USER_MISTAKE, output.exitCode());
    assertTrue(output.err().contains(word), output.err());
    assertTrue(Files.notExists(to));
  }

  @Test
  void aFolderThatIsNotEmptyIsRefused() throws IOException {
    Path to = Files.createDirectories(folder.resolve("trial"));
    Files.createFile(to.resolve("note.txt"));
    Output output =
        TinyCommands.call("chaos", "--inject", "kill:device@step=40", "--folder", to.toString());
    assertEquals(Commands.USER_MISTAKE, output.exitCode());
    assertTrue(output.err().contains("not empty"), output.err());
  }

  @ParameterizedTest
  @Tag("long")
  @CsvSource({
    "device, 1", "device, 2", "device, 3", "device, 4", "device, 5",
    "host, 1", "host, 2", "host, 3", "host, 4", "host, 5",
    "coordinator, 1", "coordinator, 2", "coordinator, 3", "coordinator, 4", "coordinator, 5"
  })
  void surviveAKillAtARandomStep(String target, int seed) throws IOException {
    clean(STEPS, "kill:%s@step=%d".formatted(target, randomStep(seed)));
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"device", "host", "coordinator"})
  void surviveAStopThatEnds(String target) throws IOException {
    clean(300, "stop:%s@step=25/seconds=8".formatted(target));
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"device", "host", "coordinator"})
  void surviveAStartRightAfterAKill(String target) throws IOException {
    clean(300, "restart:%s@step=25".formatted(target));
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"device", "host", "coordinator"})
  void surviveAPartition(String target) throws IOException {
    clean(STEPS, "partition:%s@step=25".formatted(target));
    assertTrue(epochs().size() > 1, "the partition was not noticed: " + epochs());
  }

  /** Nodes 4 and 5 are on the smaller side; then nodes 1 and 2, one of which may lead. */
  @ParameterizedTest
  @Tag("long")
  @CsvSource({"4, 5", "1, 2"})
  void ofTwoSidesTheLargerGoesOnAndTheOtherLeaves(int one, int other) throws IOException {
    Output output =
        chaos(
            STEPS,
            5,
            "partition:node:%d@step=15".formatted(one),
            "partition:node:%d@step=15".formatted(other));
    List<String> ends =
        output
            .err()
            .lines()
            .filter(line -> line.contains(" after its fault: exit code 3"))
            .toList();
    assertEquals(2, ends.size(), output.err());
    for (String end : ends) {
      Matcher seconds = Pattern.compile("ended ([0-9.]+) s after").matcher(end);
      assertTrue(seconds.find(), end);
      assertTrue(Double.parseDouble(seconds.group(1)) < 30, end);
    }
    assertEquals(3, epochs().getLast().members().size());
  }

  @Test
  @Tag("long")
  void fiveNodesSurviveTheLossOfTheCoordinator() throws IOException {
    chaos(STEPS, 5, "kill:coordinator@step=15");
    assertEquals(5, epochs().getFirst().members().size());
  }

  @Test
  @Tag("long")
  void oneNodeGoesOnAfterItsRestart() throws IOException {
    chaos(STEPS, 1, "restart:coordinator@step=15");
  }

  @Test
  @Tag("long")
  void aNodeThatJoinsGetsAShareAndAnotherMayLeave() throws IOException {
    JsonNode verdict = clean(900, "join:node@step=25", "leave:coordinator@step=500");
    assertEquals(0, verdict.path("replayedSteps").asLong());
    assertTrue(
        epochs().stream().anyMatch(epoch -> epoch.members().size() == 4), epochs().toString());
    assertNotEquals(epochs().getFirst().leader(), epochs().getLast().leader());
  }

  @Test
  @Tag("long")
  void surviveTheLossOfTheDriver() throws IOException {
    clean(STEPS, "kill:driver@step=25");
  }

  private JsonNode clean(int steps, String... faults) throws IOException {
    return chaos(steps, 3, faults).json();
  }

  private Output chaos(int steps, int nodes, String... faults) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("chaos", "--json", "--steps", "" + steps, "--set", "checkpoint.every=10"));
    arguments.addAll(List.of("--nodes", "" + nodes));
    arguments.addAll(List.of("--folder", folder.resolve("trial").toString()));
    for (String fault : faults) {
      arguments.addAll(List.of("--inject", fault));
    }
    TrialTexts.settings().stream()
        .filter(setting -> !setting.startsWith("batch.rows="))
        .forEach(setting -> arguments.addAll(List.of("--set", setting)));
    TrialTexts.sources(folder).forEach(source -> arguments.addAll(List.of("--data", source)));
    Output output = TinyCommands.call(arguments.toArray(String[]::new));
    assertEquals(Commands.DONE, output.exitCode(), output.out() + output.err());
    assertEquals("clean", output.json().path("verdict").asText());
    assertTrue(output.json().path("weightsEqual").asBoolean());
    for (JsonNode fault : output.json().path("faults")) {
      boolean isOrderly = fault.path("fault").asText().matches("(join|leave):.*");
      assertTrue(isOrderly || fault.path("noticeMillis").isNumber(), output.out());
    }
    assertEquals(faults.length, output.json().path("faults").size());
    assertTrue(epochs().size() > 1, "nothing happened: " + epochs());
    SEEN.add("%s: %s".formatted(String.join(" ", faults), output.out().strip()));
    return output;
  }

  private List<EpochLine.Begin> epochs() {
    return EpochLines.read(folder.resolve("trial/sessions/chaos/epochs.jsonl")).stream()
        .filter(EpochLine.Begin.class::isInstance)
        .map(EpochLine.Begin.class::cast)
        .toList();
  }

  private static int randomStep(int seed) {
    return 1 + new Random(seed).nextInt(STEPS - 2);
  }
}
