package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.call;
import static jingwei.cluster.cli.TinyCommands.losses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jingwei.cluster.cli.TinyCommands.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedulers restart a job with its original command. */
class SameCommandTest {
  @TempDir private Path folder;
  private TinyCommands commands;
  private List<String> data;

  @BeforeEach
  void setUp() throws IOException {
    commands = new TinyCommands(folder);
    data = commands.writeTexts();
  }

  @Test
  void startsARunResumesItAndThenHasNothingToDo() throws IOException {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(whole, 12, data, "--seed", "5").exitCode());
    Output first = commands.train(run, 12, data, "--seed", "5", "--resume", "auto");
    assertEquals(0, first.exitCode(), first.err());
    goBackToStep6(run);
    Output second = commands.train(run, 12, data, "--seed", "5", "--resume", "auto");
    assertEquals(0, second.exitCode(), second.err());
    assertTrue(second.err().contains("after step 6"), second.err());
    assertEquals(losses(whole), losses(run));
    assertArrayEquals(weights(whole), weights(run));
    byte[] configuration = Files.readAllBytes(run.resolve("config.conf"));
    Output third = commands.train(run, 12, data, "--seed", "5", "--resume", "auto");
    assertEquals(0, third.exitCode(), third.err());
    assertTrue(third.err().contains("nothing to do: the run has 12 steps"), third.err());
    assertTrue(third.out().startsWith("nothing to do after 12 steps"), third.out());
    assertArrayEquals(weights(whole), weights(run));
    assertArrayEquals(configuration, Files.readAllBytes(run.resolve("config.conf")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"latest", "latest-good", "auto", "step-00000006"})
  void takesTheCommandThatStartedTheRun(String resume) throws IOException {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    String[] more = {"--preset", "demo", "--seed", "5"};
    assertEquals(0, commands.train(whole, 12, data, more).exitCode());
    assertEquals(0, commands.train(run, 12, data, more).exitCode());
    goBackToStep6(run);
    List<String> again = new ArrayList<>(List.of(more));
    again.addAll(List.of("--resume", resume, "--set", "lanes=1", "--set", "lookahead=3"));
    Output resumed = commands.train(run, 12, data, again.toArray(String[]::new));
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertArrayEquals(weights(whole), weights(run));
  }

  @Test
  void namesAllValuesThatWouldChangeTheResultInOneSentence() throws IOException {
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 6, data, "--seed", "5").exitCode());
    List<Path> before = tree(run);
    Path config = Files.writeString(folder.resolve("my.conf"), "optimizer.beta1 = 0.5\n");
    Output refused =
        commands.train(
            run,
            12,
            data,
            "--resume",
            "auto",
            "--seed",
            "6",
            "--config",
            config.toString(),
            "--set",
            "model.width=64",
            "--set",
            "data.weights.en=3",
            "--set",
            "learningRate.peak=5e-3");
    assertEquals(2, refused.exitCode(), refused.err());
    assertEquals(1, refused.err().lines().count(), refused.err());
    for (String part :
        List.of(
            "seed is 5 and not 6",
            "model.width is 32 and not 64",
            "optimizer.beta1 is 0.8 and not 0.5",
            "data.weights.en is not set and not 3",
            "learningRate.peak is 0.01 and not 0.005")) {
      assertTrue(refused.err().contains(part), part + " in " + refused.err());
    }
    assertEquals(before, tree(run));
  }

  @Test
  void resumesWithThePlanOfATimedRun() throws IOException {
    Path run = folder.resolve("run");
    List<String> arguments =
        new ArrayList<>(List.of("train", "--run", run.toString(), "--minutes", "0.02"));
    data.forEach(source -> arguments.addAll(List.of("--data", source)));
    TinyCommands.TINY.forEach(value -> arguments.addAll(List.of("--set", value)));
    arguments.addAll(List.of("--resume", "auto", "--preset", "demo"));
    Output first = call(arguments.toArray(String[]::new));
    assertEquals(0, first.exitCode(), first.err());
    int steps = losses(run).size();
    Output second = call(arguments.toArray(String[]::new));
    assertEquals(0, second.exitCode(), second.err());
    assertTrue(second.err().contains("nothing to do: the run has %d".formatted(steps)));
  }

  @Test
  void saysThatThereIsNothingToDoBelowTheStepsDone() throws IOException {
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 12, data).exitCode());
    Output resumed =
        call("train", "--run", run.toString(), "--resume", "latest", "--steps", "6", "--json");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(resumed.err().contains("nothing to do: the run has 12 steps"), resumed.err());
    assertEquals(12, resumed.json().path("steps").asInt());
    assertTrue(
        Files.readString(run.resolve("config.conf")).contains("steps=12"),
        "the plan of the run is not changed by a command that does nothing");
  }

  @Test
  void skipsABrokenCheckpointWhenTheCommandIsRepeated() throws IOException {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(whole, 12, data).exitCode());
    assertEquals(0, commands.train(run, 12, data).exitCode());
    Files.write(run.resolve("checkpoints/step-00000012/dense.safetensors"), new byte[7]);
    Output again = commands.train(run, 12, data, "--resume", "auto");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.err().contains("skipped: the checkpoint"), again.err());
    assertArrayEquals(weights(whole), weights(run));
  }

  @Test
  void needsAFolderToResume() {
    for (String resume : List.of("auto", "latest")) {
      Output output = call("train", "--resume", resume);
      assertEquals(2, output.exitCode());
      assertTrue(output.err().contains("--run"), output.err());
    }
    Output missing =
        call("train", "--run", folder.resolve("missing").toString(), "--resume", "latest");
    assertEquals(2, missing.exitCode());
    assertFalse(Files.exists(folder.resolve("missing")));
  }

  /** Leaves the files of a run that was killed right after its first checkpoint. */
  private static void goBackToStep6(Path run) throws IOException {
    TinyCommands.delete(run.resolve("checkpoints/step-00000012"));
    Files.writeString(run.resolve("checkpoints/latest"), "step-00000006\n");
    Files.writeString(run.resolve("checkpoints/best"), "step-00000006\n");
  }

  private static byte[] weights(Path run) throws IOException {
    String latest = Files.readString(run.resolve("checkpoints/latest")).strip();
    return Files.readAllBytes(run.resolve("checkpoints").resolve(latest + "/dense.safetensors"));
  }

  private static List<Path> tree(Path run) throws IOException {
    try (Stream<Path> all = Files.walk(run)) {
      return all.sorted().toList();
    }
  }
}
