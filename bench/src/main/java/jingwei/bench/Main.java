package jingwei.bench;

import java.util.Locale;
import jingwei.bench.cluster.ClusterBenchmark;
import jingwei.bench.ecss.EcssBenchmark;
import jingwei.bench.kernel.KernelsCommand;
import jingwei.bench.study.StudyBenchmark;
import jingwei.bench.transport.TransportBenchmark;
import jingwei.cluster.cli.Commands;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point of the benchmarks; ratios are measured side by side in one run. */
@Command(
    name = "bench",
    description = "Measures speed.",
    mixinStandardHelpOptions = true,
    subcommands = {
      StepBenchmark.class,
      LanesBenchmark.class,
      TransportBenchmark.class,
      MessagesBenchmark.class,
      SchedulerBenchmark.class,
      KernelsCommand.class,
      DataBenchmark.class,
      EvalBenchmark.class,
      EcssBenchmark.class,
      ClusterBenchmark.class,
      StudyBenchmark.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    System.exit(run(arguments));
  }

  /** Runs a benchmark and returns its exit code. */
  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
    return Commands.run(line, arguments);
  }
}
