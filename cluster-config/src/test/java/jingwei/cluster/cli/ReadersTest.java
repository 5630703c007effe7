package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.call;
import static jingwei.cluster.cli.TinyCommands.callWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import jingwei.cluster.cli.TinyCommands.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that only read a run: what they print, and that they do not change it. */
class ReadersTest {
  @TempDir private Path folder;
  private TinyCommands commands;
  private Path run;

  @BeforeEach
  void setUp() {
    commands = new TinyCommands(folder);
    run = folder.resolve("run");
  }

  @Test
  void leaveTheFilesOfAWriterInPlace() throws IOException {
    assertEquals(0, commands.train(run, 12, commands.writeTexts()).exitCode());
    Path checkpoints = run.resolve("checkpoints");
    Files.createDirectories(checkpoints.resolve("step-00000018.partial"));
    Files.createDirectories(checkpoints.resolve("step-00000003.removed"));
    Files.move(checkpoints.resolve("step-00000006"), checkpoints.resolve("step-00000006.replaced"));
    Map<Path, Object> before = tree();
    for (List<String> command : readers("step-00000006")) {
      Output output = call(command.toArray(String[]::new));
      assertEquals(0, output.exitCode(), command + output.err());
    }
    assertEquals(before, tree());
  }

  @Test
  void readTheSpoolWithoutChangingIt() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 90; i++) {
      rows.append("{\"domain\": \"en\", \"text\": \"row %d of a pipe\"}\n".formatted(i));
    }
    Output trained =
        callWith(
            rows.toString(), TinyCommands.arguments(run, 6, List.of("-")).toArray(String[]::new));
    assertEquals(0, trained.exitCode(), trained.err());
    Map<Path, Object> before = tree();
    Output evaluated = call("eval", "--checkpoint", run.toString());
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    assertEquals(before, tree());
    Files.delete(run.resolve("spool/end"));
    assertEquals(2, call("eval", "--checkpoint", run.toString()).exitCode());
  }

  @Test
  void lookForTheSpoolWhereACheckpointHasNoRun() throws IOException {
    Output trained =
        callWith(
            "{\"domain\": \"en\", \"text\": \"some row of a pipe\"}\n".repeat(3)
                + "{\"domain\": \"en\", \"text\": \"another row of a pipe\"}\n",
            TinyCommands.arguments(run, 6, List.of("-")).toArray(String[]::new));
    assertEquals(0, trained.exitCode(), trained.err());
    // A folder at the root: its parent is the root, which has no parent.
    Path alone = Files.move(run.resolve("checkpoints/step-00000006"), folder.resolve("alone"));
    Output evaluated = call("eval", "--checkpoint", alone.toString());
    assertEquals(2, evaluated.exitCode(), evaluated.err());
    assertTrue(evaluated.err().contains("give the text with --data"), evaluated.err());
  }

  /** The held-out text may have been trained on. */
  @Test
  void noticeThatTheTextHasChangedSince() throws IOException {
    List<String> data = commands.writeTexts();
    assertEquals(0, commands.train(run, 6, data).exitCode());
    Path english = folder.resolve("en.jsonl");
    Files.writeString(
        english, Files.readString(english) + "{\"text\": \"one more row changes it\"}\n");
    for (List<String> command :
        List.of(
            List.of("eval", "--checkpoint", run.toString()),
            List.of("route", "audit", "--checkpoint", run.toString()))) {
      Output output = call(command.toArray(String[]::new));
      assertEquals(2, output.exitCode(), output.err());
      assertTrue(output.err().contains("has changed since"), output.err());
      assertEquals(1, output.err().lines().count(), output.err());
    }
    Output given = call("eval", "--checkpoint", run.toString(), "--data", data.get(1));
    assertEquals(0, given.exitCode(), given.err());
  }

  @Test
  void readACheckpointThatLiesAlone() throws IOException {
    List<String> data = commands.writeTexts();
    assertEquals(0, commands.train(run, 6, data).exitCode());
    Path alone = folder.resolve("alone");
    Files.move(run.resolve("checkpoints/step-00000006"), alone);
    TinyCommands.delete(run);
    assertEquals(0, call("model", "inspect", "--checkpoint", alone.toString()).exitCode());
    Output evaluated = call("eval", "--checkpoint", alone.toString());
    assertEquals(0, evaluated.exitCode(), evaluated.err());
  }

  @Test
  void inspectsAndGeneratesFromAnyCheckpointByItsName() throws IOException {
    assertEquals(0, commands.train(run, 12, commands.writeTexts()).exitCode());
    for (String name : List.of("latest", "best", "latest-good", "step-00000006")) {
      Output inspected =
          call("model", "inspect", "--checkpoint", run.toString(), "--name", name, "--json");
      assertEquals(0, inspected.exitCode(), inspected.err());
      assertTrue(inspected.json().path("parameters").path("total").asLong() > 1000);
      assertTrue(inspected.json().path("files").has("dense.safetensors"));
      Output generated =
          call(
              "generate",
              "--checkpoint",
              run.toString(),
              "--name",
              name,
              "--domain",
              "en",
              "--tokens",
              "3");
      assertEquals(0, generated.exitCode(), generated.err());
    }
    assertTrue(
        call("model", "inspect", "--checkpoint", run.toString()).out().contains("all files whole"));
  }

  @Test
  void auditsRoutesBeforeAndAfterTraining() throws IOException {
    List<String> data = commands.writeTexts();
    assertEquals(0, commands.train(run, 6, data).exitCode());
    Output trained =
        call("route", "audit", "--checkpoint", run.toString(), "--data", data.get(1), "--json");
    assertEquals(0, trained.exitCode(), trained.err());
    var layer = trained.json().path("domains").path("en").path("layers").path(0);
    assertEquals(2, layer.path("experts").asInt());
    assertEquals(2, layer.path("used").asInt());
    assertEquals(
        layer.path("tokens").asLong(),
        layer.path("loads").path(0).asLong() + layer.path("loads").path(1).asLong());
    double most =
        Math.max(layer.path("loads").path(0).asLong(), layer.path("loads").path(1).asLong());
    assertEquals(
        2 * most / layer.path("tokens").asLong(), layer.path("maxOverMean").asDouble(), 1e-12);
    Output drawn =
        call(
            "route",
            "audit",
            "--preset",
            "demo",
            "--set",
            "model.vocabulary=400",
            "--data",
            data.get(1));
    assertEquals(0, drawn.exitCode(), drawn.err());
    assertEquals(3, drawn.out().lines().count(), "two routed layers: " + drawn.out());
    assertEquals(
        2, call("route", "audit", "--preset", "demo-dense", "--data", data.get(1)).exitCode());
    Path file =
        Files.writeString(
            folder.resolve("my.conf"),
            "data.sources = [\"%s\"], model.vocabulary = 400".formatted(data.get(1)));
    assertEquals(drawn.out(), call("route", "audit", "--config", file.toString()).out());
    Output own = call("route", "audit", "--checkpoint", run.toString());
    assertEquals(4, own.out().lines().count(), "the run's three domains: " + own.out() + own.err());
    assertEquals(
        2, call("route", "audit", "--checkpoint", run.toString(), "--preset", "demo").exitCode());
  }

  private List<List<String>> readers(String name) {
    List<List<String>> readers = new ArrayList<>();
    for (List<String> named : List.of(List.<String>of(), List.of("--name", name))) {
      for (List<String> command :
          List.of(
              List.of("eval"),
              List.of("generate", "--domain", "en", "--tokens", "2"),
              List.of("model", "inspect"))) {
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(List.of("--checkpoint", run.toString()));
        arguments.addAll(named);
        readers.add(arguments);
      }
    }
    readers.add(List.of("route", "audit", "--checkpoint", run.toString()));
    return readers;
  }

  private Map<Path, Object> tree() throws IOException {
    Map<Path, Object> tree = new TreeMap<>();
    try (Stream<Path> all = Files.walk(run)) {
      for (Path path : all.toList()) {
        tree.put(path, List.of(Files.getLastModifiedTime(path), Files.size(path)));
      }
    }
    return tree;
  }
}
