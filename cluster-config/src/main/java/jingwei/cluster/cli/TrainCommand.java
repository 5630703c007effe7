package jingwei.cluster.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.session.RunStart;
import jingwei.cluster.session.RunSummary;
import jingwei.cluster.session.TrainingRun;
import jingwei.cluster.settings.Configuration;
import jingwei.model.UserException;
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
      paramLabel = "auto|latest|latest-good|NAME",
      description =
          "continue the run in --run from a checkpoint; auto starts it if there is none, so the same command can be repeated")
  private String resume;

  @Option(names = "--json", description = "print one JSON object at the end")
  private boolean json;

  @Override
  public Integer call() {
    if (minutes != null && (steps != null || !(minutes > 0) || minutes.isInfinite())) {
      throw new UserException("Give either --steps or --minutes, and --minutes above zero.");
    }
    if (run != null && run.toString().isBlank()) {
      throw new UserException(
          "--run names no folder; give the folder of the run, or leave --run out for a new one below runs.");
    }
    Configuration configuration = overridden(options.resolve());
    RunRequest request = new RunRequest(configuration, options.hasPreset(), run, resume, System.in);
    Progress progress = Progress.of(System.err);
    // Close the signal last: it keeps the process alive until the actors have ended.
    try (StopSignal stop = StopSignal.onInterrupt();
        RunStart start = new RunStart(request, stop, progress);
        TrainingRun session = start.run(FaultPlan.none())) {
      stop.trainingBegins();
      RunSummary summary = session.run(stop);
      progress.end();
      SummaryReport.print(summary, json, System.out);
    }
    return Commands.DONE;
  }

  private Configuration overridden(Configuration configuration) {
    Configuration result = configuration;
    if (steps != null) {
      result = result.with(Map.of("steps", steps, "minutes", 0), "--steps");
    }
    if (minutes != null) {
      result = result.with(Map.of("minutes", minutes), "--minutes");
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
}
