package jingwei.cluster.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.session.RunStart;
import jingwei.cluster.session.RunSummary;
import jingwei.cluster.session.TrainingRun;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
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

  @Mixin private RunOptions trained;

  @Option(names = "--run", paramLabel = "DIR", description = "folder of the run")
  private Path run;

  @Option(names = "--minutes", paramLabel = "M", description = "plan the steps by time instead")
  private Double minutes;

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
    if (minutes != null && (trained.hasSteps() || !(minutes > 0) || minutes.isInfinite())) {
      throw new UserException("Give either --steps or --minutes, and --minutes above zero.");
    }
    if (run != null && run.toString().isBlank()) {
      throw new UserException(
          "--run names no folder; give the folder of the run, or leave --run out for a new one below runs.");
    }
    Configuration configuration = overridden(options.resolve());
    if (RunSettings.of(configuration).checkpoint().isCopied()) {
      throw new UserException(
          "There is no second node for checkpoint.copies = 2; leave it out, or submit a session to a cluster.");
    }
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
    Configuration result = trained.over(configuration);
    return minutes == null ? result : result.with(Map.of("minutes", minutes), "--minutes");
  }
}
