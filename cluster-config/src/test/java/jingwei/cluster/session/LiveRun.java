package jingwei.cluster.session;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.settings.Configuration;
import jingwei.model.SeededRandom;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.Tokenizer;

/** Runs a very small model on rows that come while it is trained. */
public final class LiveRun {
  /** Rows of each domain that are about enough for a step. */
  static final int ROWS_OF_A_STEP = 2;

  private final Path folder;
  private final String[] assignments;

  /** Rows for a run, given by a test bit by bit. */
  static final class Producer implements AutoCloseable {
    private final PipedInputStream pipe = new PipedInputStream(1 << 20);
    private final PipedOutputStream out;

    Producer() {
      try {
        out = new PipedOutputStream(pipe);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    InputStream pipe() {
      return pipe;
    }

    void give(List<String> rows) {
      try {
        out.write(String.join("", rows).getBytes(StandardCharsets.UTF_8));
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * @param folder for the tokenizer and runs
   * @param assignments key=value, overriding the small model's values
   */
  public LiveRun(Path folder, String... assignments) {
    this.folder = folder;
    this.assignments = assignments;
  }

  /** Rows of a domain, each with other words; those of {@code zh} are pairs. */
  static List<String> rows(String domain, int from, int to) {
    List<String> rows = new ArrayList<>();
    for (int row = from; row < to; row++) {
      SeededRandom random = new SeededRandom(1000L * domain.hashCode() + row);
      rows.add(
          domain.equals("zh")
              ? "{\"domain\": \"zh\", \"zh\": \"%s\", \"en\": \"%s\"}\n"
                  .formatted(words(random, 3), words(random, 3))
              : "{\"domain\": \"%s\", \"text\": \"%s\"}\n".formatted(domain, words(random, 12)));
    }
    return rows;
  }

  /** Rows that are enough for some steps, both domains in turn. */
  public static List<String> rows(int fromStep, int toStep) {
    List<String> rows = new ArrayList<>();
    for (int row = fromStep * ROWS_OF_A_STEP; row < toStep * ROWS_OF_A_STEP; row++) {
      rows.addAll(rows("en", row, row + 1));
      rows.addAll(rows("zh", row, row + 1));
    }
    return rows;
  }

  private static String words(SeededRandom random, int count) {
    StringBuilder text = new StringBuilder();
    for (int word = 0; word < count; word++) {
      text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(50)).append(' ');
    }
    return text.toString();
  }

  public static InputStream input(List<String> rows) {
    return new ByteArrayInputStream(String.join("", rows).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Begins a run or goes on.
   *
   * @param stop polled in the run
   */
  void run(
      String name, InputStream rows, FaultPlan faults, BooleanSupplier stop, RunListener listener) {
    RunRequest request =
        new RunRequest(configuration(), true, folder.resolve(name), RunRequest.AUTO, rows);
    try (RunStart start = new RunStart(request, () -> false, listener);
        TrainingRun run = start.run(faults)) {
      run.run(stop);
    }
  }

  public SmallRun.Heard run(String name, InputStream rows) {
    SmallRun.Heard heard = new SmallRun.Heard();
    run(name, rows, FaultPlan.none(), () -> false, heard);
    return heard;
  }

  public Configuration configuration() {
    List<String> all = SmallRun.smallModel();
    all.addAll(
        List.of(
            "evaluation.tokensPerDomain=256",
            "data.heldOut=0.2",
            "data.live=true",
            "data.domains=[en, zh]",
            "tokenizer.file=\"" + tokenizer(folder) + "\""));
    all.addAll(List.of(assignments));
    return Configuration.resolve("demo", null, all)
        .with(Map.of("data.sources", List.of("-")), "test");
  }

  /** A tokenizer file for the domains of these rows. */
  static Path tokenizer(Path folder) {
    Path file = folder.resolve("tokenizer.json");
    if (!Files.exists(file)) {
      SequencedMap<String, List<String>> texts = new LinkedHashMap<>();
      texts.put("en", rows("en", 0, 20));
      texts.put("zh", rows("zh", 0, 20));
      try (Tokenizer tokenizer = BpeTrainer.train(texts, BpeSettings.ofVocabulary(320))) {
        Files.writeString(file, tokenizer.toJson());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return file;
  }

  /** Rows that are kept in the spool of a run. */
  List<String> kept(String name) {
    return files().lines(name, "spool/rows.jsonl").stream().map(row -> row + "\n").toList();
  }

  /** The files of the runs. */
  SmallRun files() {
    return new SmallRun(folder);
  }

  /** All of a checkpoint that depends on the rows. */
  public record Result(
      long step, Map<String, Long> weights, Map<String, Double> heldOut, long fingerprint) {}

  public Result result(String name) {
    try (Checkpoint latest = Checkpoint.open(folder.resolve(name))) {
      Manifest manifest = latest.manifest();
      return new Result(
          manifest.step(),
          files().weights(name),
          manifest.run().evaluation(),
          manifest.run().data().fingerprint());
    }
  }
}
