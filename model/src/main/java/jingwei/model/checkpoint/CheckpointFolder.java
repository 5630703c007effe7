package jingwei.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.UserException;

/**
 * The {@code checkpoints} folder of a run. A checkpoint is written under another name and renamed
 * when all of it is on disk, so a name that can be seen is complete; {@code latest} and {@code
 * best} are files that are replaced as a whole.
 */
public final class CheckpointFolder {
  /** Stands for the newest checkpoint wherever a name is asked for. */
  public static final String LATEST = "latest";

  /** Stands for the newest checkpoint all of whose files are what was written. */
  public static final String LATEST_GOOD = "latest-good";

  /** Stands for the checkpoint with the lowest held-out loss. */
  public static final String BEST = "best";

  /** What this class names; anything else in the folder is somebody's own and stays. */
  private static final Pattern STEP = Pattern.compile("step-\\d+");

  private static final String REPLACED_SUFFIX = ".replaced";
  private static final String REMOVED_SUFFIX = ".removed";

  private final Path folder;

  public CheckpointFolder(Path folder) {
    this.folder = folder;
  }

  /** Name of the checkpoint of a step; sorts by step. */
  public static String nameOf(long step) {
    return "step-%08d".formatted(step);
  }

  public Path path() {
    return folder;
  }

  /**
   * Tries everything that writing a checkpoint needs of the folder, with a few bytes.
   *
   * @throws IOException if any of it is not possible
   */
  public void probe() throws IOException {
    Files.createDirectories(folder);
    Path probe = folder.resolve("probe");
    DurableFile.replace(probe, "probe");
    Files.delete(probe);
  }

  /**
   * Writes a checkpoint, makes it the latest one, finds the best one, and removes the oldest of the
   * others beyond {@code keep}.
   *
   * @param keep how many to keep beside the best one, at least one
   * @return the checkpoint's folder
   */
  public Path write(TrainingState state, int keep) {
    String name = nameOf(state.step());
    Path target = folder.resolve(name);
    Path partial = folder.resolve(name + DurableFile.PARTIAL_SUFFIX);
    try {
      Files.createDirectories(folder);
      deleteTree(partial);
      Files.createDirectories(partial);
      new CheckpointWriter(partial).write(state);
      // A checkpoint of the same step is the same run gone over again; the new one takes its place.
      Path replaced = folder.resolve(name + REPLACED_SUFFIX);
      restore(target);
      if (Files.exists(target)) {
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      DurableFile.forceFolder(folder);
      DurableFile.replace(folder.resolve(LATEST), name + "\n");
    } catch (IOException e) {
      deleteQuietly(partial);
      throw new CheckpointException(
          target,
          "could not be written (%s); those before it are whole".formatted(e.getMessage()),
          e);
    }
    try {
      nameBest(names());
      removeOldest(keep, name);
      removeLeftovers();
      return target;
    } catch (IOException e) {
      throw new CheckpointException(
          target, "is whole, but older ones cannot be removed (" + e.getMessage() + ")", e);
    }
  }

  /**
   * The newest complete checkpoint.
   *
   * @throws UserException if there is none yet
   */
  public Path latest() {
    Optional<Path> newest =
        names().stream()
            .filter(CheckpointFolder::isOfStep)
            .reduce((a, b) -> b)
            .map(folder::resolve);
    return pointedTo(LATEST)
        .or(() -> newest) // killed between the first rename and the first pointer
        .orElseThrow(
            () ->
                new UserException(
                    "There is no checkpoint in %s yet; start the run without --resume."
                        .formatted(folder)));
  }

  /** Whether there is a checkpoint to go on from. */
  public boolean isEmpty() {
    return names().stream().noneMatch(CheckpointFolder::isOfStep)
        && !Files.exists(folder.resolve(LATEST));
  }

  /**
   * The newest checkpoint up to a step all of whose files are what was written.
   *
   * @param broken hears, for every newer one, what is wrong with it
   */
  public Optional<Path> latestGood(long upToStep, Consumer<String> broken) {
    for (String name : names().reversed()) {
      if (isOfStep(name) && stepOf(name) <= upToStep) {
        try {
          Checkpoint.open(folder.resolve(name)).verify();
          return Optional.of(folder.resolve(name));
        } catch (CheckpointException e) {
          broken.accept(e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  /**
   * A checkpoint by its name, or {@code latest}, {@code latest-good} or {@code best}.
   *
   * @param broken hears what is wrong with checkpoints that are passed over
   * @throws UserException if the folder has none of that name
   */
  public Path named(String name, Consumer<String> broken) {
    return switch (name) {
      case LATEST -> latest();
      case LATEST_GOOD ->
          latestGood(Long.MAX_VALUE, broken)
              .orElseThrow(
                  () ->
                      new UserException(
                          "None of the checkpoints in %s is whole; start the run anew in another folder."
                              .formatted(folder)));
      case BEST ->
          pointedTo(BEST)
              .orElseThrow(
                  () ->
                      new UserException(
                          "No checkpoint in %s was evaluated, so none is the best; it has %s."
                              .formatted(folder, names())));
      default -> existing(name);
    };
  }

  private Path existing(String name) {
    Path checkpoint = folder.resolve(name);
    if (name.contains("/")) {
      throw new UserException(
          "'%s' is not a checkpoint's name; the folder has %s.".formatted(name, names()));
    }
    restore(checkpoint);
    if (!Files.isRegularFile(checkpoint.resolve(Shards.MANIFEST))) {
      throw new UserException(
          "There is no checkpoint '%s' in %s; it has %s.".formatted(name, folder, names()));
    }
    return checkpoint;
  }

  /**
   * Removes the checkpoints of steps after one that a run goes on from; it goes through them again.
   * {@code latest} and {@code best} name others before the first of them goes.
   */
  public void removeAfter(long step) {
    try {
      removeLeftovers();
    } catch (IOException e) {
      throw new CheckpointException(folder, "cannot be cleared (" + e.getMessage() + ")", e);
    }
    List<String> staying =
        names().stream().filter(name -> !isOfStep(name) || stepOf(name) <= step).toList();
    try {
      List<String> ours = staying.stream().filter(CheckpointFolder::isOfStep).toList();
      if (!ours.isEmpty() && !ours.getLast().equals(pointer(LATEST).orElse(""))) {
        DurableFile.replace(folder.resolve(LATEST), ours.getLast() + "\n");
      } else if (ours.isEmpty()) {
        Files.deleteIfExists(folder.resolve(LATEST));
      }
      nameBest(staying);
      for (String name : names()) {
        if (!staying.contains(name)) {
          remove(folder.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(
          folder, "cannot be brought back to step %d (%s)".formatted(step, e.getMessage()), e);
    }
  }

  /** Names of the complete checkpoints, oldest first. */
  public List<String> names() {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isRegularFile(entry.resolve(Shards.MANIFEST)))
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !isLeftover(name) && !name.endsWith(REPLACED_SUFFIX))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private Optional<Path> pointedTo(String pointer) {
    try {
      return pointer(pointer).map(this::existing);
    } catch (IOException e) {
      throw new CheckpointException(
          folder.resolve(pointer), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private Optional<String> pointer(String pointer) throws IOException {
    Path file = folder.resolve(pointer);
    return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
  }

  /** Found among all of them each time, so that a kill in between leaves nothing wrong for long. */
  private void nameBest(List<String> among) throws IOException {
    Optional<String> best =
        among.stream()
            .filter(CheckpointFolder::isOfStep)
            .filter(name -> Double.isFinite(heldOutLoss(name)))
            .min(Comparator.comparingDouble(this::heldOutLoss));
    if (best.isEmpty()) {
      Files.deleteIfExists(folder.resolve(BEST));
    } else if (!best.equals(pointer(BEST))) {
      DurableFile.replace(folder.resolve(BEST), best.get() + "\n");
    }
  }

  /** Mean over the domains; NaN where none was measured or the manifest is broken. */
  private double heldOutLoss(String name) {
    try {
      return Checkpoint.open(folder.resolve(name)).manifest().heldOutLoss();
    } catch (CheckpointException broken) {
      return Double.NaN;
    }
  }

  private static boolean isOfStep(String name) {
    return STEP.matcher(name).matches();
  }

  private static long stepOf(String name) {
    return Long.parseLong(name.substring(5));
  }

  /** Brings back a checkpoint that was moved aside for one that was never finished. */
  private void restore(Path checkpoint) {
    Path replaced = checkpoint.resolveSibling(checkpoint.getFileName() + REPLACED_SUFFIX);
    if (!Files.exists(checkpoint) && Files.exists(replaced)) {
      try {
        Files.move(replaced, checkpoint, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new CheckpointException(replaced, "cannot be moved back (" + e.getMessage() + ")", e);
      }
    }
  }

  private void removeOldest(int keep, String newest) throws IOException {
    String best = pointer(BEST).orElse("");
    List<String> others = new ArrayList<>(names());
    others.removeIf(name -> name.equals(newest) || name.equals(best) || !isOfStep(name));
    for (String name : others.subList(0, Math.max(0, others.size() - (keep - 1)))) {
      remove(folder.resolve(name));
    }
  }

  /** Under its name a checkpoint is whole or not there, also while it is being deleted. */
  private static void remove(Path checkpoint) throws IOException {
    Path removed = checkpoint.resolveSibling(checkpoint.getFileName() + REMOVED_SUFFIX);
    deleteTree(removed);
    Files.move(checkpoint, removed, StandardCopyOption.ATOMIC_MOVE);
    deleteTree(removed);
  }

  /** What a kill has left in the middle of writing or removing. */
  private void removeLeftovers() throws IOException {
    List<Path> entries;
    try (Stream<Path> all = Files.list(folder)) {
      entries = all.toList();
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (name.endsWith(REPLACED_SUFFIX)) {
        restore(folder.resolve(name.substring(0, name.length() - REPLACED_SUFFIX.length())));
        deleteTree(entry);
      } else if (isLeftover(name)) {
        deleteTree(entry);
      }
    }
  }

  private static boolean isLeftover(String name) {
    return name.endsWith(DurableFile.PARTIAL_SUFFIX) || name.endsWith(REMOVED_SUFFIX);
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      tree.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** A full disk gets its space back; whoever is told of the first failure needs no second one. */
  private static void deleteQuietly(Path root) {
    try {
      deleteTree(root);
    } catch (IOException stays) {
      return; // the next checkpoint of this name removes it
    }
  }
}
