package jingwei.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import jingwei.cluster.TinyModel;

/** Runs commands of users and scripts in this JVM, with a tiny model on generated texts. */
final class TinyCommands {
  static final ObjectMapper MAPPER = new ObjectMapper();
  static final List<String> TINY =
      TinyModel.with(
          "model.vocabulary=512",
          "model.context=32",
          "model.width=32",
          "model.innerWidth=64",
          "batch.rowsPerMicroBatch=2",
          "checkpoint.every=6",
          "evaluation.every=0",
          "evaluation.tokensPerDomain=300",
          "tokenizer.trainingBytes=200000",
          "learningRate.peak=1e-2");

  private final Path folder;

  /**
   * @param folder for texts and runs
   */
  TinyCommands(Path folder) {
    this.folder = folder;
  }

  record Output(int exitCode, String out, String err) {
    JsonNode json() throws IOException {
      return MAPPER.readTree(out.lines().toList().getLast());
    }
  }

  Output train(Path run, int steps, List<String> data, String... more) {
    List<String> arguments = arguments(run, steps, data);
    arguments.addAll(List.of(more));
    return call(arguments.toArray(String[]::new));
  }

  static List<String> arguments(Path run, int steps, List<String> data) {
    List<String> arguments =
        new ArrayList<>(
            List.of("train", "--run", run.toString(), "--steps", Integer.toString(steps)));
    data.forEach(source -> arguments.addAll(List.of("--data", source)));
    TINY.forEach(value -> arguments.addAll(List.of("--set", value)));
    return arguments;
  }

  static void delete(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  static List<Double> losses(Path run) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      losses.add(MAPPER.readTree(line).path("loss").asDouble());
    }
    return losses;
  }

  List<String> writeTexts() throws IOException {
    StringBuilder english = new StringBuilder();
    StringBuilder code = new StringBuilder();
    StringBuilder pairs = new StringBuilder();
    for (int i = 0; i < 80; i++) {
      english.append(
          "{\"text\": \"the %d birds fill the sea with %d stones\"}\n".formatted(i, i * 7));
      code.append("{\"text\": \"int x%d = %d;\", \"lang\": \"java\"}\n".formatted(i, i * 3));
      pairs.append("{\"zh\": \"\u7B2C%d\u53E5\", \"en\": \"sentence %d\"}\n".formatted(i, i));
    }
    return List.of(
        "code=" + Files.writeString(folder.resolve("code.jsonl"), code),
        "en=" + Files.writeString(folder.resolve("en.jsonl"), english),
        "bilingual=" + Files.writeString(folder.resolve("pairs.jsonl"), pairs));
  }

  static Output call(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream capturedOut = new ByteArrayOutputStream();
    ByteArrayOutputStream capturedErr = new ByteArrayOutputStream();
    System.setOut(new PrintStream(capturedOut, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(capturedErr, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Main.run(arguments);
      return new Output(
          exitCode,
          capturedOut.toString(StandardCharsets.UTF_8),
          capturedErr.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Runs a command with this text on its standard input. */
  static Output callWith(String standardInput, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)));
    try {
      return call(arguments);
    } finally {
      System.setIn(before);
    }
  }
}
