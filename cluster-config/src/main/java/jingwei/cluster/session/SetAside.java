package jingwei.cluster.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.checkpoint.CheckpointFolder;
import jingwei.model.checkpoint.WritableCheckpointFolder;
import jingwei.model.disk.DurableFile;
import jingwei.model.metrics.StepLines;

/**
 * What a run has beyond the step that it goes on from: later checkpoints, and the files of lines as
 * they were. They wait in {@code set-aside/NUMBER-after-STEP} until the new branch has saved a
 * checkpoint that loads, and can be brought back until then.
 */
final class SetAside {
  private static final Pattern BRANCH = Pattern.compile("(\\d{1,9})-after-(\\d{1,18})");

  private final RunFolder run;
  private final Path folder;

  SetAside(RunFolder run) {
    this.run = run;
    this.folder = run.setAside();
  }

  /**
   * Sets aside what comes after a step.
   *
   * @param notes receives a sentence if there was anything, and one for each damaged line
   */
  void after(long step, Consumer<String> notes) {
    Branch branch = new Branch(step);
    WritableCheckpointFolder checkpoints = run.checkpoints();
    List<String> later = checkpoints.after(step);
    try {
      long lines = 0;
      long damaged = 0;
      for (Path file : files()) {
        StepLines.Leaving leaving = new StepLines(file).leaving(step, notes);
        lines = Math.max(lines, leaving.later());
        damaged += leaving.damaged();
      }
      if (!later.isEmpty() || lines + damaged > 0) {
        for (Path file : files()) {
          StepLines.copy(file, branch.path().resolve(file.getFileName()));
        }
      }
      checkpoints.moveAfter(step, branch::path);
      branch.force();
      for (Path file : files()) {
        new StepLines(file).dropAfter(step);
      }
      if (!later.isEmpty() || lines > 0) {
        notes.accept(
            "set aside in %s: %s; they are deleted when the run has saved a checkpoint again, and --resume NAME brings them back until then"
                .formatted(branch.path(), content(later, lines)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether nothing is set aside. */
  boolean isEmpty() {
    return branches().isEmpty();
  }

  /** The newest branch that holds a checkpoint of this name. */
  Optional<Path> holding(String checkpoint) {
    return branches().reversed().stream()
        .filter(branch -> new CheckpointFolder(branch).names().contains(checkpoint))
        .findFirst();
  }

  /** Names of all checkpoints that are set aside. */
  List<String> checkpoints() {
    return branches().stream()
        .flatMap(branch -> new CheckpointFolder(branch).names().stream())
        .toList();
  }

  /**
   * Makes a branch that was set aside the run's own again, with what came before it; what is there
   * now is set aside.
   */
  void bringBack(Path branch, Consumer<String> notes) {
    List<Path> all = branches();
    List<Path> newer = all.subList(all.indexOf(branch) + 1, all.size());
    // The two have the steps in common up to which nobody has gone back since.
    long common = stepOf(branch);
    for (Path each : newer) {
      common = Math.min(common, stepOf(each));
    }
    after(common, notes);
    try {
      // The lines first: after a kill the checkpoint is asked for again, wherever it is then.
      for (Path file : files()) {
        StepLines.copy(branch.resolve(file.getFileName()), file);
      }
      long upTo = stepOf(branch);
      for (Path each : newer) {
        run.checkpoints().moveBack(each, upTo);
        upTo = Math.min(upTo, stepOf(each));
      }
      run.checkpoints().moveBack(branch, Long.MAX_VALUE);
      WritableCheckpointFolder.deleteTree(branch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long stepOf(Path branch) {
    return Long.parseLong(matcher(branch).group(2));
  }

  /**
   * Deletes everything.
   *
   * @param successor the checkpoint that takes its place and has been read back whole
   * @param notes receives a sentence
   */
  void delete(Path successor, Consumer<String> notes) {
    List<String> names = checkpoints();
    try {
      WritableCheckpointFolder.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    notes.accept(
        "deleted what was set aside%s, now that %s is safe"
            .formatted(
                names.isEmpty() ? "" : " (" + String.join(", ", names) + ")",
                successor.getFileName()));
  }

  private static String content(List<String> checkpoints, long lines) {
    String steps = "the lines of %d steps".formatted(lines);
    if (checkpoints.isEmpty()) {
      return steps;
    }
    String names = String.join(", ", checkpoints);
    return lines == 0 ? names : names + " and " + steps;
  }

  private List<Path> files() {
    return List.of(run.metrics(), run.ledger(), run.spikes());
  }

  /** In the order in which they were set aside. */
  private List<Path> branches() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> BRANCH.matcher(path.getFileName().toString()).matches())
          .sorted(Comparator.comparingInt(path -> Integer.parseInt(matcher(path).group(1))))
          .toList();
    } catch (NoSuchFileException notThere) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Matcher matcher(Path branch) {
    Matcher name = BRANCH.matcher(branch.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException("branch=" + branch);
    }
    return name;
  }

  /** The folder of a new branch, made when there is something to put into it. */
  private final class Branch {
    private final long step;
    private Path path;

    Branch(long step) {
      this.step = step;
    }

    Path path() {
      if (path == null) {
        List<Path> before = branches();
        int number =
            before.isEmpty() ? 1 : 1 + Integer.parseInt(matcher(before.getLast()).group(1));
        path = folder.resolve("%d-after-%d".formatted(number, step));
        try {
          Files.createDirectories(path);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return path;
    }

    void force() throws IOException {
      if (path != null) {
        DurableFile.forceFolder(path);
        DurableFile.forceFolder(folder);
      }
    }
  }
}
