package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.MAPPER;
import static jingwei.cluster.cli.TinyCommands.call;
import static jingwei.cluster.cli.TinyCommands.callWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.cli.TinyCommands.Output;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Live rows as a user gives them: by a pipe, with a tokenizer that was trained before. */
class LiveRowsCommandTest {
  private static final int ROWS = 300;
  @TempDir private Path folder;

  @Test
  void trainsResumesAndEvaluatesOnRowsOfAPipe() throws IOException {
    Path tokenizer = tokenizer();
    Path run = folder.resolve("run");
    Output trained = train(run, 6, tokenizer, rows(0, ROWS) + "broken\n");
    assertEquals(0, trained.exitCode(), trained.err());
    assertEquals(6, trained.json().path("steps").asInt(), trained.out());
    JsonNode rejected =
        MAPPER.readTree(Files.readAllLines(run.resolve("rejected.jsonl")).getFirst());
    assertEquals("-", rejected.path("file").asText());
    assertEquals(2 * ROWS + 1, rejected.path("line").asInt());

    JsonNode logged = trained.json().path("domains");
    Output evaluated = call("eval", "--checkpoint", run.toString(), "--json");
    assertEquals(0, evaluated.exitCode(), evaluated.err());
    for (String domain : List.of("en", "code")) {
      assertEquals(
          logged.path(domain).path("heldOutBitsPerByte").asDouble(),
          evaluated.json().path("domains").path(domain).path("bitsPerByte").asDouble(),
          1e-9,
          domain);
    }

    Output more = train(run, 9, tokenizer, "", "--resume", "auto");
    assertEquals(0, more.exitCode(), more.err());
    assertEquals(9, more.json().path("steps").asInt());
    assertTrue(
        more.err().contains("%d rows of standard input are kept".formatted(2 * ROWS + 1)),
        more.err());
    Output again = call("eval", "--checkpoint", run.toString(), "--name", "step-00000006");
    assertEquals(0, again.exitCode(), "rows after its step change nothing: " + again.err());
  }

  @Test
  void endsCleanlyWhenThePipeEndsEarly() throws IOException {
    Output trained = train(folder.resolve("run"), 500, tokenizer(), rows(0, 60));
    assertEquals(0, trained.exitCode(), trained.err());
    int steps = trained.json().path("steps").asInt();
    assertTrue(steps > 3 && steps < 500, "steps: " + steps);
    assertTrue(
        trained.err().contains("the rows ended: they are enough for %d of 500".formatted(steps)),
        trained.err());
    assertTrue(Files.exists(folder.resolve("run/checkpoints/step-%08d".formatted(steps))));
  }

  @Test
  void explainsWhatALiveRunNeeds() throws IOException {
    Path run = folder.resolve("run");
    List<String> arguments = new ArrayList<>(TinyCommands.arguments(run, 6, List.of("-")));
    arguments.addAll(List.of("--set", "data.live=true", "--set", "data.domains=[en]"));
    Output refused = callWith(rows(0, 9), arguments.toArray(String[]::new));
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("set tokenizer.file"), refused.err());
    Output unknown = train(run, 6, tokenizer(), rows(0, 9), "--set", "data.domains=[en, fr]");
    assertEquals(2, unknown.exitCode(), unknown.err());
    assertTrue(unknown.err().contains("The tokenizer has no token"), unknown.err());
    assertTrue(Files.notExists(run), "nothing is left");
  }

  private Output train(Path run, int steps, Path tokenizer, String rows, String... more) {
    List<String> arguments = new ArrayList<>(TinyCommands.arguments(run, steps, List.of("-")));
    arguments.addAll(
        List.of("--set", "data.live=true", "--set", "data.domains=[en, code]", "--json"));
    arguments.addAll(List.of("--set", "tokenizer.file=\"%s\"".formatted(tokenizer)));
    arguments.addAll(List.of("--set", "data.heldOut=0.1"));
    arguments.addAll(List.of(more));
    return callWith(rows, arguments.toArray(String[]::new));
  }

  private Path tokenizer() throws IOException {
    List<String> data = new TinyCommands(folder).writeTexts();
    Path file = folder.resolve("tokenizer.json");
    List<String> arguments =
        new ArrayList<>(
            List.of("tokenize", "train", "--out", file.toString(), "--vocabulary", "512"));
    data.forEach(source -> arguments.addAll(List.of("--data", source)));
    Output trained = call(arguments.toArray(String[]::new));
    assertEquals(0, trained.exitCode(), trained.err());
    return file;
  }

  private static String rows(int from, int to) {
    StringBuilder rows = new StringBuilder();
    for (int i = from; i < to; i++) {
      rows.append(
          "{\"domain\": \"en\", \"text\": \"the %d birds fill the sea with %d stones\"}\n"
              .formatted(i, i * 7));
      rows.append(
          "{\"domain\": \"code\", \"text\": \"int x%d = %d;\", \"lang\": \"java\"}\n"
              .formatted(i, i * 3));
    }
    return rows.toString();
  }
}
