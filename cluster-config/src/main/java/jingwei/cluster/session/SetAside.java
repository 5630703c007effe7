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
 * Keeps the later steps of a run that resumes from an earlier step: their checkpoints, and copies
 * of the line files. They stay in {@code set-aside/NUMBER-after-STEP} and can be restored until the
 * new branch has saved a checkpoint that loads.
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
   * @param notes receives a sentence if anything was set aside, and one for each damaged line
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

  /** True if nothing is set aside. */
  boolean isEmpty() {
    return branches().isEmpty();
  }

  /** The newest branch that holds a checkpoint with this name. */
  Optional<Path> holding(String checkpoint) {
    return branches().reversed().stream()
        .filter(branch -> new CheckpointFolder(branch).names().contains(checkpoint))
        .findFirst();
  }

  /** Names of all checkpoints set aside. */
  List<String> checkpoints() {
    return branches().stream()
        .flatMap(branch -> new CheckpointFolder(branch).names().stream())
        .toList();
  }

  /** Restores a branch, with the steps before it. The current later steps are set aside in turn. */
  void bringBack(Path branch, Consumer<String> notes) {
    List<Path> all = branches();
    List<Path> newer = all.subList(all.indexOf(branch) + 1, all.size());
    // Both share the steps before the earliest step that the run has returned to since.
    long common = stepOf(branch);
    for (Path each : newer) {
      common = Math.min(common, stepOf(each));
    }
    after(common, notes);
    try {
      // Copy the lines first: after a kill, the resume is repeated and finds the checkpoint in
      // either place.
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
   * Deletes all branches.
   *
   * @param successor the verified checkpoint that replaces them
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

  /** Branches in the order in which they were set aside. */
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

  /** The folder of a new branch, created when the first file is put into it. */
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
