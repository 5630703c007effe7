package jingwei.cluster.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.TinyModel;
import jingwei.cluster.settings.Configuration;
import jingwei.model.SeededRandom;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointFolder;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.metrics.StepMetrics;

/** Runs a very small model on two files of random words, with all files of a run. */
public final class SmallRun {
  private final Path folder;
  private final List<String> assignments;

  /** Records what a run reports to its listener. */
  public static final class Heard implements RunListener {
    final List<String> notes = new ArrayList<>();
    final Map<Long, Double> losses = new TreeMap<>();
    final List<StepMetrics> steps = new ArrayList<>();

    @Override
    public void note(String sentence) {
      notes.add(sentence);
    }

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {
      losses.put(metrics.step(), metrics.loss());
      steps.add(metrics);
    }
  }

  /**
   * @param folder for data and runs
   * @param assignments key=value, overriding the small model's values
   */
  public SmallRun(Path folder, String... assignments) {
    this.folder = folder;
    this.assignments = List.of(assignments);
  }

  /** Starts a run. */
  public Heard run(String name, FaultPlan faults) {
    return run(name, null, faults, () -> false);
  }

  /**
   * @param resume the checkpoint to resume from; null to start
   */
  Heard run(String name, String resume, FaultPlan faults, BooleanSupplier stop) {
    Heard heard = new Heard();
    run(name, resume, faults, stop, heard);
    return heard;
  }

  /** Stops after this many steps, or a few more that are in progress. */
  Heard runSteps(String name, String resume, int steps) {
    Heard heard = new Heard();
    run(name, resume, FaultPlan.none(), () -> heard.steps.size() >= steps, heard);
    return heard;
  }

  void run(
      String name, String resume, FaultPlan faults, BooleanSupplier stop, RunListener listener) {
    run(request(name, resume, RunPlace.THIS_PROCESS), faults, stop, listener);
  }

  /** Runs to the end at a place, and begins or goes on. */
  void runAt(String name, RunPlace place, RunListener listener) {
    run(request(name, RunRequest.AUTO, place), FaultPlan.none(), () -> false, listener);
  }

  private RunRequest request(String name, String resume, RunPlace place) {
    return new RunRequest(
        configuration(), true, folder(name), resume, InputStream.nullInputStream(), place);
  }

  private static void run(
      RunRequest request, FaultPlan faults, BooleanSupplier stop, RunListener listener) {
    try (RunStart start = new RunStart(request, () -> false, listener);
        TrainingRun run = start.run(faults)) {
      run.run(stop);
    }
  }

  /** Everything before the first step of a resumed run. */
  RunStart resume(String name, String resume, Configuration configuration) {
    RunRequest request =
        new RunRequest(configuration, true, folder(name), resume, InputStream.nullInputStream());
    return new RunStart(request, () -> false, new Heard());
  }

  /** Sizes and times of all files of a run except its lock. */
  Map<String, String> tree(String name) {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder(name))) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        files.put(
            folder(name).relativize(file).toString(),
            Files.size(file) + " " + Files.getLastModifiedTime(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.remove("run.lock");
    return files;
  }

  public Path folder(String name) {
    return folder.resolve(name);
  }

  boolean isLatest(String name, long step) {
    return latest(name).step() == step;
  }

  /** The manifest of the newest checkpoint, after all its files are verified. */
  Manifest latest(String name) {
    try (Checkpoint latest = Checkpoint.open(folder(name))) {
      latest.verify();
      return latest.manifest();
    }
  }

  /** Checksums of the last checkpoint's tensors, by file. */
  public Map<String, Long> weights(String name) {
    Map<String, Long> sums = new TreeMap<>();
    try (Stream<Path> all = Files.list(checkpoint(name, latest(name).step()))) {
      for (Path file : all.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        CRC32C sum = new CRC32C();
        sum.update(Files.readAllBytes(file));
        sums.put(file.getFileName().toString(), sum.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sums;
  }

  Path checkpoint(String name, long step) {
    return folder(name).resolve("checkpoints").resolve(CheckpointFolder.nameOf(step));
  }

  public List<String> lines(String name, String file) {
    try {
      return Files.readAllLines(folder(name).resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Values of a model that trains 8 steps in a moment. */
  static List<String> smallModel() {
    return new ArrayList<>(
        TinyModel.with(
            "steps=8",
            "model.vocabulary=320",
            "model.context=16",
            "model.width=16",
            "model.innerWidth=32",
            "batch.rowsPerMicroBatch=1",
            "checkpoint.every=3",
            "evaluation.every=4",
            "evaluation.tokensPerDomain=64",
            "learningRate.warmupSteps=2",
            "deadline=20 s"));
  }

  public Configuration configuration() {
    List<String> all = smallModel();
    all.addAll(assignments);
    return Configuration.resolve("demo", null, all)
        .with(
            Map.of("data.sources", List.of("en=" + words("en", 3), "zh=" + words("zh", 5))),
            "test");
  }

  private Path words(String domain, int seed) {
    Path file = folder.resolve(domain + ".jsonl");
    if (!Files.exists(file)) {
      StringBuilder lines = new StringBuilder();
      SeededRandom random = new SeededRandom(seed);
      for (int row = 0; row < 60; row++) {
        StringBuilder text = new StringBuilder();
        for (int word = 0; word < 20; word++) {
          text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(50)).append(' ');
        }
        lines.append("{\"text\": \"").append(text).append("\"}\n");
      }
      try {
        Files.writeString(file, lines);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return file;
  }
}
