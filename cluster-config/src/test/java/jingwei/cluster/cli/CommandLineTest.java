package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.MAPPER;
import static jingwei.cluster.cli.TinyCommands.TINY;
import static jingwei.cluster.cli.TinyCommands.call;
import static jingwei.cluster.cli.TinyCommands.losses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.cli.TinyCommands.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands of users and scripts in this JVM, with a tiny model. */
class CommandLineTest {
  @TempDir private Path folder;

  private TinyCommands commands;

  @BeforeEach
  void setUp() {
    commands = new TinyCommands(folder);
  }

  @Test
  void trainsEvaluatesToTheLoggedLossAndGenerates() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    Output trained = commands.train(run, 12, data, "--json");
    assertEquals(0, trained.exitCode(), trained.err());
    JsonNode summary = trained.json();
    assertEquals(12, summary.path("steps").asInt());
    assertEquals(12 * 4 * 32, summary.path("tokens").asInt());
    for (String domain : List.of("en", "code", "bilingual")) {
      JsonNode bits = summary.path("domains").path(domain);
      assertTrue(bits.path("bitsPerByte").asDouble() > 0);
      assertTrue(bits.path("heldOutBitsPerByte").asDouble() > 0);
    }
    for (String file :
        List.of("config.conf", "metrics.jsonl", "ledger.jsonl", "events", "checkpoints/latest")) {
      assertTrue(Files.exists(run.resolve(file)), file);
    }
    assertEquals(12, Files.readAllLines(run.resolve("metrics.jsonl")).size());
    JsonNode metrics = MAPPER.readTree(Files.readAllLines(run.resolve("metrics.jsonl")).getLast());
    assertEquals(12, metrics.path("step").asInt());
    assertTrue(metrics.path("domains").path("en").path("loss").asDouble() > 0);
    assertTrue(metrics.path("memory").path("hostBytes").asLong() > 0);

    Output evaluated = call("eval", "--checkpoint", run.toString(), "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    JsonNode manifest =
        MAPPER.readTree(run.resolve("checkpoints/step-00000012/manifest.json").toFile());
    for (String domain : List.of("en", "code", "bilingual")) {
      assertEquals(
          manifest.path("evaluation").path(domain).asDouble(),
          evaluated.json().path("domains").path(domain).path("loss").asDouble(),
          1e-12);
    }
    // A checkpoint between two evaluations also evaluates to its logged loss.
    JsonNode middle =
        MAPPER.readTree(run.resolve("checkpoints/step-00000006/manifest.json").toFile());
    Output earlier =
        call("eval", "--checkpoint", run.toString(), "--name", "step-00000006", "--json");
    assertEquals(
        middle.path("evaluation").path("en").asDouble(),
        earlier.json().path("domains").path("en").path("loss").asDouble(),
        1e-12);
    Output given = call("eval", "--checkpoint", run.toString(), "--data", data.get(1), "--json");
    assertTrue(given.json().path("domains").path("en").path("perplexity").asDouble() > 1);

    List<String> texts = new ArrayList<>();
    for (String stream : List.of("", "--stream", "--stream")) {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "generate",
                  "--checkpoint",
                  run.toString(),
                  "--domain",
                  "en",
                  "--prompt",
                  "the ",
                  "--tokens",
                  "9"));
      if (!stream.isEmpty()) {
        arguments.add(stream);
      }
      Output generated = call(arguments.toArray(String[]::new));
      assertEquals(0, generated.exitCode(), generated.err());
      assertTrue(generated.out().startsWith("the "));
      texts.add(generated.out());
    }
    assertEquals(texts.get(0), texts.get(1));
    assertEquals(texts.get(1), texts.get(2));
  }

  @Test
  void resumesFromACheckpointWithTheSameBytes() throws IOException {
    List<String> data = commands.writeTexts();
    Path whole = folder.resolve("whole");
    Path broken = folder.resolve("broken");
    assertEquals(0, commands.train(whole, 12, data).exitCode());
    assertEquals(0, commands.train(broken, 12, data).exitCode());
    Output resumed = call("train", "--run", broken.toString(), "--resume", "step-00000006");
    assertEquals(0, resumed.exitCode(), resumed.err());
    for (String file :
        List.of(
            "dense.safetensors",
            "dense.moments.safetensors",
            "blocks.1.experts.domain.0.safetensors")) {
      String name = "checkpoints/step-00000012/" + file;
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(name)), Files.readAllBytes(broken.resolve(name)), file);
    }
    assertEquals(losses(whole), losses(broken));
    assertEquals(
        Files.readAllLines(whole.resolve("ledger.jsonl")),
        Files.readAllLines(broken.resolve("ledger.jsonl")));
  }

  @Test
  void refusesToResumeWithAnotherModelSeedOrText() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 6, data).exitCode());
    String[][] changes = {
      {"--set", "model.width=64"},
      {"--set", "model.context=64"},
      {"--seed", "7"},
      {"--data", data.get(0), "--data", data.get(1)},
      {"--preset", "small"}
    };
    for (String[] change : changes) {
      List<String> arguments =
          new ArrayList<>(List.of("train", "--run", run.toString(), "--resume", "latest"));
      arguments.addAll(List.of(change));
      Output output = call(arguments.toArray(String[]::new));
      assertEquals(2, output.exitCode(), String.join(" ", change) + "\n" + output.err());
    }
    Output longer =
        call("train", "--run", run.toString(), "--resume", "latest", "--steps", "8", "--json");
    assertEquals(0, longer.exitCode(), longer.err());
    assertEquals(8, longer.json().path("steps").asInt());
  }

  @Test
  void plansStepsByTimeAndIgnoresTheConfiguredNumber() throws IOException {
    Output output = commands.train(folder.resolve("timed"), 1, commands.writeTexts(), "--json");
    assertEquals(0, output.exitCode());
    List<String> arguments = new ArrayList<>(List.of("train", "--minutes", "0.001", "--json"));
    arguments.addAll(
        List.of(
            "--run", folder.resolve("timed2").toString(), "--data", commands.writeTexts().get(1)));
    TINY.forEach(value -> arguments.addAll(List.of("--set", value)));
    arguments.addAll(List.of("--set", "steps=3"));
    Output timed = call(arguments.toArray(String[]::new));
    assertEquals(0, timed.exitCode(), timed.err());
    int steps = timed.json().path("steps").asInt();
    assertTrue(steps > 20, "steps " + steps);
    assertTrue(Files.readString(folder.resolve("timed2/config.conf")).contains("steps=" + steps));
  }

  @Test
  void keepsUnusualDomainNamesAndWritesNullForNaN() throws IOException {
    String source = commands.writeTexts().get(1).replace("en=", "a/b.c=");
    Path run = folder.resolve("odd");
    Output trained =
        commands.train(run, 2, List.of(source), "--json", "--set", "data.weights.\"a/b.c\"=2");
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.json().path("domains").path("a/b.c").path("bitsPerByte").asDouble() > 0);
    Output again = call("train", "--run", run.toString(), "--resume", "latest", "--json");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.json().path("loss").isNull(), again.out());
  }

  @Test
  void readsRowsFromStandardInput() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      rows.append(
          "{\"domain\": \"en\", \"text\": \"row %d of the text that comes by a pipe\"}\n"
              .formatted(i));
    }
    rows.append("broken\n");
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(rows.toString().getBytes(StandardCharsets.UTF_8)));
    try {
      Output trained = commands.train(folder.resolve("piped"), 3, List.of("-"), "--json");
      assertEquals(0, trained.exitCode(), trained.err());
      assertEquals(3, trained.json().path("steps").asInt());
    } finally {
      System.setIn(before);
    }
    List<String> rejected = Files.readAllLines(folder.resolve("piped/rejected.jsonl"));
    JsonNode row = MAPPER.readTree(rejected.getFirst());
    assertEquals(61, row.path("line").asInt());
    assertTrue(
        row.path("byte").asInt() > 1000 && row.path("reason").asText().length() > 3,
        rejected.getFirst());
    Output evaluated = call("eval", "--checkpoint", folder.resolve("piped").toString());
    assertEquals(0, evaluated.exitCode(), "its text is in the spool: " + evaluated.err());
  }

  @Test
  void trainsATokenizerAndRoundTripsWithIt() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Output trained =
        call(
            "tokenize",
            "train",
            "--vocabulary",
            "600",
            "--data",
            commands.writeTexts().get(1),
            "--out",
            file.toString());
    assertEquals(0, trained.exitCode(), trained.err());
    String text = "a new text, \u4F60\u597D <|eot|>";
    Output ids = call("tokenize", "encode", "--tokenizer", file.toString(), text);
    List<String> decode =
        new ArrayList<>(List.of("tokenize", "decode", "--tokenizer", file.toString()));
    decode.addAll(List.of(ids.out().strip().split(" ")));
    assertEquals(text, call(decode.toArray(String[]::new)).out().strip());
  }

  @Test
  void countsThePublishedModels() {
    assertTrue(
        call("config", "--preset", "pangu-sigma-1085b").out().contains("1.085 T parameters"));
    assertTrue(call("config", "--preset", "pangu-alpha-13b").out().contains("13.12 B parameters"));
    assertTrue(call("config", "--preset", "pangu-alpha-2.6b").out().contains("2.6"));
  }

  @Test
  void answersEveryMistakeWithOneSentenceAndExitCodeTwo() throws IOException {
    Path notARun = Files.createDirectories(folder.resolve("empty"));
    String[][] mistakes = {
      {"trian"},
      {"train", "--preset", "demoo"},
      {"train", "--set", "model.widht=3"},
      {"train", "--set", "steps=x"},
      {"train", "--minutes", "-1"},
      {"train", "--minutes", "NaN"},
      {"train", "--set", "model.width=192.7"},
      {"train", "--config", folder.toString()},
      {
        "train",
        "--preset",
        "pangu-sigma-1085b",
        "--run",
        folder.resolve("huge").toString(),
        "--data",
        commands.writeTexts().get(1)
      },
      {"config", "--set", "batch.rowsPerMicroBatch=3"},
      {"train", "--steps", "5", "--minutes", "2"},
      {"train", "--data", "zh"},
      {"train", "--data", "zh=" + folder.resolve("missing.txt")},
      {"train", "--resume", "latest"},
      {"train", "--resume", "latest", "--run", notARun.toString()},
      {"train", "--config", folder.resolve("missing.conf").toString()},
      {"eval"},
      {"eval", "--checkpoint", folder.resolve("missing").toString()},
      {"generate", "--checkpoint", notARun.toString(), "--domain", "en"},
      {"tokenize"},
      {"tokenize", "encode", "--tokenizer", folder.resolve("missing.json").toString(), "x"},
      {
        "train",
        "--set",
        "host.memory=1000",
        "--set",
        "device.memory=1000",
        "--run",
        folder.resolve("small").toString(),
        "--data",
        commands.writeTexts().get(1)
      }
    };
    for (String[] mistake : mistakes) {
      Output output = call(mistake);
      String what = String.join(" ", mistake) + "\n" + output.err();
      assertEquals(2, output.exitCode(), what);
      assertFalse(output.err().contains("\tat "), what);
      assertTrue(output.err().strip().lines().toList().getLast().length() > 10, what);
    }
  }

  @Test
  void helpsWithAnExampleForEveryCommand() {
    for (String command : List.of("train", "eval", "generate", "tokenize", "config")) {
      Output help = call(command, "--help");
      assertEquals(0, help.exitCode());
      assertTrue(
          help.out().contains("Example:") && help.out().contains("jingwei " + command), help.out());
    }
  }
}
