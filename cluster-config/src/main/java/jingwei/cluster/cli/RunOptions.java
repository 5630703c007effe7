package jingwei.cluster.cli;

import java.util.List;
import java.util.Map;
import jingwei.cluster.settings.Configuration;
import jingwei.model.corpus.DataSource;
import picocli.CommandLine.Option;

/** The options of every command that trains. They override the configuration. */
final class RunOptions {
  @Option(
      names = "--data",
      paramLabel = "DOMAIN=PATH",
      description =
          "file, folder or glob of .txt, .jsonl or .parquet; - reads JSONL from standard input")
  private List<String> data = List.of();

  @Option(names = "--steps", paramLabel = "N", description = "steps of the run")
  private Long steps;

  @Option(names = "--seed", paramLabel = "S", description = "seed of all randomness")
  private Long seed;

  boolean hasSteps() {
    return steps != null;
  }

  /** The configuration with the values that were given. */
  Configuration over(Configuration configuration) {
    Configuration result = configuration;
    if (steps != null) {
      result = result.with(Map.of("steps", steps, "minutes", 0), "--steps");
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
