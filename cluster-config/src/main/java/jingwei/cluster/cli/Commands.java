package jingwei.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import jingwei.actors.train.TrainerFault;
import jingwei.cluster.session.FaultException;
import jingwei.model.UserException;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.UnreadableCheckpointException;
import jingwei.model.disk.IoReason;
import jingwei.model.memory.OutOfBudgetException;
import picocli.CommandLine;

/**
 * Runs a command line and turns what went wrong into one sentence and an exit code: 0 done, 2 the
 * user's mistake, 3 a fault, 70 a bug.
 */
public final class Commands {
  static final int DONE = 0;
  static final int USER_MISTAKE = 2;
  static final int FAULT = 3;
  static final int BUG = 70;

  private Commands() {}

  /** Runs a command and returns its exit code. */
  public static int run(CommandLine line, String... arguments) {
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
      case UncheckedIOException disk -> ioFailed(disk.getCause());
      case IOException disk -> ioFailed(disk);
      default -> {
        exception.printStackTrace();
        yield BUG;
      }
    };
  }

  private static int ioFailed(IOException cause) {
    return say(FAULT, "Reading or writing failed (%s).".formatted(IoReason.withFile(cause)));
  }

  /** Prints a sentence to standard error, and returns the exit code. */
  static int say(int exitCode, String sentence) {
    System.err.println(sentence);
    return exitCode;
  }
}
