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
import jingwei.cluster.session.RunData;
import jingwei.cluster.session.RunFolder;
import jingwei.cluster.session.RunSummary;
import jingwei.cluster.session.TrainingRun;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.DataSource;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.text.Tokenizer;
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
      description = "file, folder or glob of .txt or .jsonl; - reads JSONL from standard input")
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
      paramLabel = "latest|NAME",
      description = "go on in --run from a checkpoint")
  private String resume;

  @Option(names = "--json", description = "print one JSON object at the end")
  private boolean json;

  @Override
  public Integer call() {
    if (minutes != null && (steps != null || !(minutes > 0) || minutes.isInfinite())) {
      throw new UserException("Give either --steps or --minutes, and --minutes above zero.");
    }
    Checkpoint from = resume == null ? null : checkpoint();
    Configuration configuration = from == null ? fresh() : resumed(from);
    TrainSettings settings = TrainSettings.of(configuration);
    Corpus corpus = RunData.read(settings, System.in);
    Path path = run != null ? run : defaultFolder(settings);
    RunFolder folder = RunFolder.create(path, from != null);
    if (run == null) {
      folder.nameLatest();
    }
    Progress progress = Progress.of(System.err);
    progress.note("run folder " + path);
    CorpusReport.print(corpus, folder.rejected(), progress);
    try (Tokenizer tokenizer =
        from == null
            ? RunData.tokenizer(configuration, settings, corpus)
            : Tokenizer.load(from.tokenizer())) {
      List<String> domains =
          from == null ? List.copyOf(corpus.domains().keySet()) : from.manifest().domains();
      RunData runData = RunData.encode(corpus, tokenizer, domains);
      DecoderShape shape =
          TrainSettings.shape(configuration, tokenizer.vocabularySize(), domains.size());
      progress.note(ShapeReport.sentence(shape));
      MachineMemory.refuseTooLarge(shape);
      if (from != null) {
        progress.note(
            "resuming from %s after step %d".formatted(from.folder(), from.manifest().step()));
      }
      // The signal is the last to close: it holds the process until the actors have ended.
      try (StopSignal stop = StopSignal.onInterrupt();
          TrainingRun session =
              new TrainingRun(configuration, runData, folder, from, progress, FaultPlan.none())) {
        RunSummary summary = session.run(minutes == null ? 0 : minutes, stop);
        progress.end();
        SummaryReport.print(summary, json, System.out);
      }
    }
    return Main.DONE;
  }

  private Configuration fresh() {
    return overridden(options.resolve());
  }

  /** A resumed run keeps its configuration; what is given on the command line goes over it. */
  private Configuration resumed(Checkpoint from) {
    options.refuseForResume();
    Configuration kept =
        Configuration.ofText(from.manifest().configuration(), from.folder().toString());
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

  private Checkpoint checkpoint() {
    if (run == null) {
      throw new UserException(
          "--resume needs the folder of the run that is to go on; add --run DIR.");
    }
    RunFolder folder = new RunFolder(run);
    if (!Files.isDirectory(run.resolve("checkpoints"))) {
      throw new UserException("The folder %s holds no run; check --run.".formatted(run));
    }
    return Checkpoint.open(
        resume.equals("latest")
            ? folder.checkpoints().latest()
            : folder.checkpoints().named(resume));
  }

  private static Path defaultFolder(TrainSettings settings) {
    String time =
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return Path.of("runs", time + "-" + settings.name());
  }
}
