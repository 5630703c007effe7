package jingwei.cluster.cli;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import jingwei.actors.train.TrainerFault;
import jingwei.cluster.session.FaultException;
import jingwei.model.UserException;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.UnreadableCheckpointException;
import jingwei.model.disk.IoReason;
import jingwei.model.memory.OutOfBudgetException;
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
      "Beside these: 'jingwei bench step|lanes|transport|messages|data|kernels|eval|scheduler|ecss' measures speed, 'jingwei verify' builds and tests.",
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
      ConfigCommand.class
    })
public final class Main {
  static final int DONE = 0;
  static final int USER_MISTAKE = 2;
  static final int FAULT = 3;
  static final int BUG = 70;

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
        .filter(reason -> exitCode == DONE)
        .map(reason -> say(FAULT, "Standard output could not be written (%s).".formatted(reason)))
        .orElse(exitCode);
  }

  /** Runs a command and returns its exit code. */
  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler((exception, command, parsed) -> report(exception));
    line.setParameterExceptionHandler(
        (exception, given) -> {
          System.err.println(
              exception.getMessage()
                  + "; see '"
                  + exception.getCommandLine().getCommandSpec().qualifiedName(" ")
                  + " --help'.");
          return USER_MISTAKE;
        });
    if (arguments.length == 0) {
      line.usage(System.err);
      return USER_MISTAKE;
    }
    try {
      Utf8Arguments.require(arguments);
      return line.execute(arguments);
    } catch (UserException mistake) {
      return say(USER_MISTAKE, mistake.getMessage());
    } catch (OutOfMemoryError e) {
      return say(
          USER_MISTAKE,
          "The Java heap or the machine's memory is too small (%s); choose a smaller model, batch or data, or give more heap with JINGWEI_JAVA_OPTS=-Xmx..."
              .formatted(e.getMessage()));
    } catch (Throwable bug) {
      bug.printStackTrace();
      return BUG;
    }
  }

  private static int report(Exception exception) {
    return switch (exception) {
      case UserException mistake -> say(USER_MISTAKE, mistake.getMessage());
      case OutOfBudgetException tooLittle ->
          say(
              USER_MISTAKE,
              "The memory budget is too small (%s); raise device.memory or host.memory, or choose a smaller model or batch."
                  .formatted(tooLittle.getMessage()));
      case FaultException fault -> say(FAULT, fault.getMessage());
      case TrainerFault fault ->
          say(FAULT, "The run ended because %s.".formatted(fault.getMessage()));
      case CheckpointException broken ->
          say(
              FAULT,
              "The %s If it is damaged, --resume latest-good continues from the newest undamaged checkpoint."
                  .formatted(broken.getMessage()));
      case UnreadableCheckpointException unreadable ->
          say(FAULT, "%s Try again.".formatted(unreadable.getMessage()));
      case UncheckedIOException disk ->
          say(
              FAULT,
              "Reading or writing failed (%s).".formatted(IoReason.withFile(disk.getCause())));
      default -> {
        exception.printStackTrace();
        yield BUG;
      }
    };
  }

  private static int say(int exitCode, String sentence) {
    System.err.println(sentence);
    return exitCode;
  }
}
