package jingwei.bench.kernel;

import java.util.Locale;
import java.util.concurrent.Callable;
import jingwei.model.kernel.Precision;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "kernels",
    description = "Single kernels by JMH, each beside its naive version; one thread, microseconds.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench kernels linear adam"})
public final class KernelsCommand implements Callable<Integer> {
  @Parameters(arity = "0..*", description = "names of kernels; all if none is given")
  private String[] names = {};

  @Option(
      names = "--seconds",
      description = "seconds of each of the three measurements (${DEFAULT-VALUE})")
  private double seconds = 1;

  @Option(names = "--result", description = "a file for JMH's own JSON")
  private String result;

  @Override
  public Integer call() throws Exception {
    TimeValue time = TimeValue.milliseconds(Math.max(1, Math.round(seconds * 1e3)));
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .forks(1)
            .warmupIterations(2)
            .warmupTime(time)
            .measurementIterations(3)
            .measurementTime(time)
            .shouldFailOnError(true);
    if (names.length == 0) {
      options.include(KernelBenchmark.class.getName());
    }
    for (String name : names) {
      options.include(KernelBenchmark.class.getName() + "\\." + name + "$");
    }
    if (!Precision.BF16.isHere()) {
      options.param("kernels", "naive", Precision.FP32.name().toLowerCase(Locale.ROOT));
    }
    if (result != null) {
      options.resultFormat(ResultFormatType.JSON).result(result);
    }
    new Runner(options.build()).run();
    return 0;
  }
}
