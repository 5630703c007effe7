package jingwei.cluster.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.RunFolder;
import jingwei.cluster.session.RunStart;
import jingwei.cluster.session.RunSummary;
import jingwei.cluster.session.TrainingRun;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointFolder;
import jingwei.model.corpus.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "train",
    description = "Trains a model; without options, the demo on the JDK's own text.",
    footer = {
      "",
      "Example:",
      "  jingwei train --preset small --data zh=texts/zh.jsonl --data en=texts/en --minutes 10"
    })
final class TrainCommand implements Callable<Integer> {
  @Mixin private ConfigurationOptions options;

  @Option(
      names = "--data",
      paramLabel = "DOMAIN=PATH",
      description =
          "file, folder or glob of .txt, .jsonl or .parquet; - reads JSONL from standard input")
  private List<String> data = List.of();

  @Option(names = "--run", paramLabel = "DIR", description = "folder of the run")
  private Path run;

  @Option(names = "--steps", paramLabel = "N", description = "steps of the run")
  private Long steps;

  @Option(names = "--minutes", paramLabel = "M", description = "plan the steps by time instead")
  private Double minutes;

  @Option(names = "--seed", paramLabel = "S", description = "seed of all randomness")
  private Long seed;

  @Option(
      names = "--resume",
      paramLabel = "latest|latest-good|NAME",
      description = "go on in --run from a checkpoint")
  private String resume;

  @Option(names = "--json", description = "print one JSON object at the end")
  private boolean json;

  @Override
  public Integer call() {
    if (minutes != null && (steps != null || !(minutes > 0) || minutes.isInfinite())) {
      throw new UserException("Give either --steps or --minutes, and --minutes above zero.");
    }
    Progress progress = Progress.of(System.err);
    Checkpoint from = resume == null ? null : checkpoint(progress);
    Configuration configuration = resume == null ? overridden(options.resolve()) : kept(from);
    TrainSettings settings = TrainSettings.of(configuration); // refused before a folder is made
    Path path = run != null ? run : defaultFolder(settings);
    RunFolder folder = RunFolder.create(path, resume != null);
    progress.note("run folder " + path);
    // The signal is the last to close: it holds the process until the actors have ended.
    try (StopSignal stop = StopSignal.onInterrupt();
        RunStart start =
            new RunStart(configuration, folder, from, resume != null, System.in, stop, progress)) {
      if (run == null) {
        folder.nameLatest();
      }
      try (TrainingRun session = start.run(FaultPlan.none())) {
        RunSummary summary = session.run(minutes == null ? 0 : minutes, stop);
        progress.end();
        SummaryReport.print(summary, json, System.out);
      }
    }
    return Main.DONE;
  }

  /**
   * A resumed run keeps its configuration; what is given on the command line goes over it. That of
   * its folder is the newest: it also holds what was given at an earlier resume after which no
   * checkpoint was written. A checkpoint that is named brings its own.
   */
  private Configuration kept(Checkpoint from) {
    options.refuseForResume();
    Path newest = new RunFolder(run).configuration();
    boolean isFromCheckpoint = from != null && (!isAnyNewest() || !Files.exists(newest));
    Configuration kept =
        isFromCheckpoint
            ? Configuration.ofText(from.manifest().configuration(), from.folder().toString())
            : Configuration.ofFile(newest);
    return overridden(kept.withAssignments(options.assignments()));
  }

  private Configuration overridden(Configuration configuration) {
    Configuration result = configuration;
    if (steps != null) {
      result = result.with(Map.of("steps", steps), "--steps");
    }
    if (seed != null) {
      result = result.with(Map.of("seed", seed), "--seed");
    }
    if (!data.isEmpty()) {
      List<String> sources =
          data.stream().map(source -> DataSource.parse(source).absolute()).toList();
      result = result.with(Map.of("data.sources", sources), "--data");
    }
    return result;
  }

  /** Where a resumed run goes on; null for its first step, where it has no checkpoint yet. */
  private Checkpoint checkpoint(Progress progress) {
    if (run == null) {
      throw new UserException(
          "--resume needs the folder of the run that is to go on; add --run DIR.");
    }
    RunFolder folder = new RunFolder(run);
    CheckpointFolder checkpoints = folder.checkpoints();
    if (!Files.isDirectory(checkpoints.path())) {
      throw new UserException("The folder %s holds no run; check --run.".formatted(run));
    }
    if (isAnyNewest() && checkpoints.isEmpty() && Files.exists(folder.configuration())) {
      progress.note("the run has no checkpoint yet and goes on from its first step");
      return null;
    }
    return Checkpoint.open(
        checkpoints.named(
            resume, broken -> progress.note("passed over: the %s".formatted(broken))));
  }

  private boolean isAnyNewest() {
    return resume.equals(CheckpointFolder.LATEST) || resume.equals(CheckpointFolder.LATEST_GOOD);
  }

  private static Path defaultFolder(TrainSettings settings) {
    String time =
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return Path.of("runs", time + "-" + settings.name());
  }
}
