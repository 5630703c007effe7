package jingwei.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.IoReason;

/**
 * Write access to the {@code checkpoints} folder of a run, for the process that holds the run's
 * lock. A checkpoint is written under a temporary name and renamed once all of it is on disk. The
 * files {@code latest} and {@code best} are replaced atomically. Nothing is removed before its
 * replacement is on disk.
 */
public final class WritableCheckpointFolder {
  private final Path folder;
  private final CheckpointFolder reading;

  public WritableCheckpointFolder(Path folder) {
    this.folder = folder;
    this.reading = new CheckpointFolder(folder);
  }

  /** Read-only access to this folder. */
  public CheckpointFolder reading() {
    return reading;
  }

  /**
   * The number of checkpoints to keep.
   *
   * @param newest number of the newest to keep, in addition to the best one; at least one
   * @param goesBackTo interval of the steps that a rollback returns to; the newest checkpoint at
   *     such a step is also kept. Empty if the run never rolls back
   */
  public record Keep(int newest, OptionalLong goesBackTo) {}

  /**
   * Tests every operation on the folder that writing a checkpoint needs, with a few bytes.
   *
   * @throws IOException if an operation fails
   */
  public void probe() throws IOException {
    Files.createDirectories(folder);
    Path probe = folder.resolve("probe");
    DurableFile.replace(probe, "probe");
    Files.delete(probe);
  }

  /**
   * Writes a checkpoint, updates {@code latest} and {@code best}, and removes the oldest others.
   *
   * @return the checkpoint's folder
   * @throws CheckpointException if it cannot be written
   */
  public Path write(TrainingState state, Keep keep) {
    String name = CheckpointFolder.nameOf(state.step());
    Path target = folder.resolve(name);
    Path partial = folder.resolve(name + DurableFile.PARTIAL_SUFFIX);
    try {
      begin(name);
      new CheckpointWriter(partial, state).write();
      publish(name);
      DurableFile.replace(folder.resolve(CheckpointFolder.LATEST), name + "\n");
    } catch (IOException e) {
      deleteQuietly(partial);
      throw new CheckpointException(
          target,
          "could not be written (%s); earlier checkpoints are complete"
              .formatted(IoReason.withFile(e)),
          e);
    }
    try {
      nameBest(reading.steps());
      removeOldest(keep, name);
      removeLeftovers();
      return target;
    } catch (IOException e) {
      throw new CheckpointException(
          target,
          "is complete, but older ones cannot be removed (" + IoReason.withFile(e) + ")",
          e);
    }
  }

  /**
   * Begins a checkpoint whose files are written by the caller; it is invisible until {@link
   * #publish}.
   *
   * @return an empty folder for its files
   */
  public Path begin(String name) throws IOException {
    Path partial = folder.resolve(name + DurableFile.PARTIAL_SUFFIX);
    deleteTree(partial);
    return Files.createDirectories(partial);
  }

  /** Makes a checkpoint visible whose files are all on disk. It replaces one of the same step. */
  public void publish(String name) throws IOException {
    Path target = folder.resolve(name);
    Path partial = folder.resolve(name + DurableFile.PARTIAL_SUFFIX);
    DurableFile.forceFolder(partial);
    // A run may have repeated a step whose checkpoint exists.
    restore(name);
    if (Files.exists(target)) {
      Path replaced = folder.resolve(name + CheckpointFolder.REPLACED_SUFFIX);
      Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    DurableFile.forceFolder(folder);
  }

  /** Removes all other checkpoints of steps, after updating {@code latest} and {@code best}. */
  public void retain(Set<String> names) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<String> remaining = reading.steps().stream().filter(names::contains).toList();
    pointTo(CheckpointFolder.LATEST, remaining.isEmpty() ? null : remaining.getLast());
    nameBest(remaining);
    for (String name : reading.steps()) {
      if (!names.contains(name)) {
        remove(folder.resolve(name));
      }
    }
    removeLeftovers();
  }

  /** Names of the checkpoints after a step, oldest first. */
  public List<String> after(long step) {
    return reading.steps().stream().filter(name -> CheckpointFolder.stepOf(name) > step).toList();
  }

  /**
   * Moves the checkpoints after a step to another folder, after updating {@code latest} and {@code
   * best}. Also removes leftovers of a kill.
   *
   * @param to supplies a folder in the same file system; called only if there is something to move
   * @throws UnreadableCheckpointException if the folder cannot be read at the moment; nothing has
   *     changed
   */
  public void moveAfter(long step, Supplier<Path> to) {
    List<String> later = after(step);
    List<String> remaining = new ArrayList<>(reading.steps());
    remaining.removeAll(later);
    try {
      removeLeftovers();
      pointTo(CheckpointFolder.LATEST, remaining.isEmpty() ? null : remaining.getLast());
      nameBest(remaining);
      for (String name : later) {
        Path target = to.get().resolve(name);
        Files.move(folder.resolve(name), target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new CheckpointException(
          folder,
          "cannot be brought back to step %d (%s)".formatted(step, IoReason.withFile(e)),
          e);
    }
  }

  /**
   * Moves the checkpoints up to a step from a folder back into this one, except for steps that
   * exist here.
   */
  public void moveBack(Path from, long upTo) {
    try {
      for (String name : new CheckpointFolder(from).steps()) {
        if (CheckpointFolder.stepOf(name) <= upTo && !Files.exists(folder.resolve(name))) {
          Files.move(from.resolve(name), folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        }
      }
      List<String> steps = reading.steps();
      pointTo(CheckpointFolder.LATEST, steps.isEmpty() ? null : steps.getLast());
      nameBest(steps);
    } catch (IOException e) {
      throw new CheckpointException(
          from, "cannot be moved back (%s)".formatted(IoReason.withFile(e)), e);
    }
  }

  /** Deletes a folder and its content, each file before its parent folder. */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : (Iterable<Path>) tree.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Recomputed at every write, so the next one repairs what a crash left. */
  private void nameBest(List<String> among) throws IOException {
    Optional<String> best =
        among.stream()
            .filter(name -> Double.isFinite(heldOutLoss(name)))
            .min(Comparator.comparingDouble(this::heldOutLoss));
    pointTo(CheckpointFolder.BEST, best.orElse(null));
  }

  /** Makes a pointer name a checkpoint; null removes the pointer. */
  private void pointTo(String pointer, String name) throws IOException {
    Path file = folder.resolve(pointer);
    if (name == null) {
      Files.deleteIfExists(file);
    } else if (!Files.exists(file)
        || !Arrays.equals(
            Files.readAllBytes(file), (name + "\n").getBytes(StandardCharsets.UTF_8))) {
      DurableFile.replace(file, name + "\n");
    }
  }

  /** Mean over the domains; NaN if not evaluated or if the manifest is damaged. */
  private double heldOutLoss(String name) {
    try {
      return ManifestReader.read(folder.resolve(name)).run().heldOutLoss();
    } catch (CheckpointException broken) {
      return Double.NaN;
    }
  }

  /** Restores a checkpoint that was moved aside for one that was never finished. */
  private void restore(String name) throws IOException {
    Path checkpoint = folder.resolve(name);
    Path replaced = folder.resolve(name + CheckpointFolder.REPLACED_SUFFIX);
    if (!Files.exists(checkpoint) && Files.exists(replaced)) {
      Files.move(replaced, checkpoint, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private void removeOldest(Keep keep, String newest) throws IOException {
    List<String> steps = reading.steps();
    List<String> others = new ArrayList<>(steps);
    others.remove(newest);
    reading.pointer(CheckpointFolder.BEST).ifPresent(others::remove);
    keep.goesBackTo().ifPresent(every -> newestOf(steps, every).ifPresent(others::remove));
    for (String name : others.subList(0, Math.max(0, others.size() - (keep.newest() - 1)))) {
      remove(folder.resolve(name));
    }
  }

  private static Optional<String> newestOf(List<String> steps, long every) {
    return steps.reversed().stream()
        .filter(name -> CheckpointFolder.stepOf(name) % every == 0)
        .findFirst();
  }

  /** Renames before deleting, so a visible checkpoint is complete at any time. */
  private static void remove(Path checkpoint) throws IOException {
    Path removed =
        checkpoint.resolveSibling(checkpoint.getFileName() + CheckpointFolder.REMOVED_SUFFIX);
    deleteTree(removed);
    Files.move(checkpoint, removed, StandardCopyOption.ATOMIC_MOVE);
    deleteTree(removed);
  }

  /** Removes what a kill left while a checkpoint was written or removed. */
  private void removeLeftovers() throws IOException {
    for (String name : reading.entries()) {
      if (name.endsWith(CheckpointFolder.REPLACED_SUFFIX)) {
        restore(name.substring(0, name.length() - CheckpointFolder.REPLACED_SUFFIX.length()));
        deleteTree(folder.resolve(name));
      } else if (name.endsWith(CheckpointFolder.REMOVED_SUFFIX)
          || name.endsWith(DurableFile.PARTIAL_SUFFIX)) {
        deleteTree(folder.resolve(name));
      }
    }
  }

  /** Frees the space on a full disk; only the first failure is reported. */
  private static void deleteQuietly(Path root) {
    try {
      deleteTree(root);
    } catch (IOException stays) {
      return; // the next checkpoint of this name removes it
    }
  }
}
