package jingwei.cluster.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The entry point. Exit codes: 0 done, 2 the user's mistake, 3 a fault, 70 a bug. */
@Command(
    name = "jingwei",
    description = "Trains sparse language models.",
    mixinStandardHelpOptions = true,
    version = "jingwei 0.1.0",
    scope = ScopeType.INHERIT,
    footer = {
      "",
      "Beside these: 'jingwei bench step|lanes|transport|messages|data|kernels|eval|scheduler|ecss|study' measures speed, 'jingwei verify' builds and tests.",
      "Exit codes: 0 done, 2 your mistake, 3 a fault, 70 a bug.",
      "",
      "Example:",
      "  jingwei train"
    },
    subcommands = {
      TrainCommand.class,
      EvalCommand.class,
      GenerateCommand.class,
      TokenizeCommand.class,
      RouteCommand.class,
      ModelCommand.class,
      ConfigCommand.class,
      NodeCommand.class,
      SessionCommand.class,
      ChaosCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    // Format numbers and file names alike in every locale.
    Locale.setDefault(Locale.ROOT);
    StandardOutput output = StandardOutput.ofProcess();
    System.setOut(output.printer());
    System.setErr(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    System.exit(withOutput(output, run(arguments)));
  }

  /** A command whose output could not be written has failed. */
  static int withOutput(StandardOutput output, int exitCode) {
    return output
        .failure()
        .filter(reason -> exitCode == Commands.DONE)
        .map(
            reason ->
                Commands.say(
                    Commands.FAULT, "Standard output could not be written (%s).".formatted(reason)))
        .orElse(exitCode);
  }

  /** Runs a command and returns its exit code. */
  static int run(String... arguments) {
    return Commands.run(new CommandLine(new Main()), arguments);
  }
}
