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
import java.util.function.Supplier;
import java.util.stream.Stream;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.IoReason;

/**
 * The {@code checkpoints} folder of a run, for the one process that holds the run's lock. A
 * checkpoint is written under another name and renamed when all of it is on disk; {@code latest}
 * and {@code best} are files that are replaced as a whole. Nothing is removed before what takes its
 * place is on disk.
 */
public final class WritableCheckpointFolder {
  private final Path folder;
  private final CheckpointFolder reading;

  public WritableCheckpointFolder(Path folder) {
    this.folder = folder;
    this.reading = new CheckpointFolder(folder);
  }

  /** The same for reading. */
  public CheckpointFolder reading() {
    return reading;
  }

  /**
   * How many are kept.
   *
   * @param newest beside the best one, at least one
   * @param goesBackTo multiple of steps after which a rollback goes on: the newest checkpoint after
   *     such a step is kept, too; empty where the run never rolls back
   */
  public record Keep(int newest, OptionalLong goesBackTo) {}

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
   * others.
   *
   * @return the checkpoint's folder
   * @throws CheckpointException if it cannot be written
   */
  public Path write(TrainingState state, Keep keep) {
    String name = CheckpointFolder.nameOf(state.step());
    Path target = folder.resolve(name);
    Path partial = folder.resolve(name + DurableFile.PARTIAL_SUFFIX);
    try {
      Files.createDirectories(folder);
      deleteTree(partial);
      Files.createDirectories(partial);
      new CheckpointWriter(partial).write(state);
      // A checkpoint of the same step is the same run gone over again; the new one takes its place.
      restore(name);
      if (Files.exists(target)) {
        Path replaced = folder.resolve(name + CheckpointFolder.REPLACED_SUFFIX);
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      DurableFile.forceFolder(folder);
      DurableFile.replace(folder.resolve(CheckpointFolder.LATEST), name + "\n");
    } catch (IOException e) {
      deleteQuietly(partial);
      throw new CheckpointException(
          target,
          "could not be written (%s); those before it are whole".formatted(IoReason.withFile(e)),
          e);
    }
    try {
      nameBest(reading.steps());
      removeOldest(keep, name);
      removeLeftovers();
      return target;
    } catch (IOException e) {
      throw new CheckpointException(
          target, "is whole, but older ones cannot be removed (" + IoReason.withFile(e) + ")", e);
    }
  }

  /** Names of the checkpoints after a step, oldest first. */
  public List<String> after(long step) {
    return reading.steps().stream().filter(name -> CheckpointFolder.stepOf(name) > step).toList();
  }

  /**
   * Moves the checkpoints after a step to another folder. {@code latest} and {@code best} name
   * others before the first of them goes. Also removes what a kill has left.
   *
   * @param to asked for a folder of the same file system if there is something to move
   * @throws UnreadableCheckpointException if the folder cannot be read at the moment; nothing has
   *     changed
   */
  public void moveAfter(long step, Supplier<Path> to) {
    List<String> going = after(step);
    List<String> staying = new ArrayList<>(reading.steps());
    staying.removeAll(going);
    try {
      removeLeftovers();
      pointTo(CheckpointFolder.LATEST, staying.isEmpty() ? null : staying.getLast());
      nameBest(staying);
      for (String name : going) {
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
   * Moves the checkpoints of a folder up to a step back into this one, where there is none of the
   * same step.
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

  /** Deletes a folder with everything in it, files before the folders that they lie in. */
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

  /** Recomputed among all of them at every write, so the next one repairs what a crash left. */
  private void nameBest(List<String> among) throws IOException {
    Optional<String> best =
        among.stream()
            .filter(name -> Double.isFinite(heldOutLoss(name)))
            .min(Comparator.comparingDouble(this::heldOutLoss));
    pointTo(CheckpointFolder.BEST, best.orElse(null));
  }

  /** Makes a pointer name a checkpoint; none if it is null. */
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

  /** Mean over the domains; NaN where none was measured or the manifest is broken. */
  private double heldOutLoss(String name) {
    try {
      return ManifestReader.read(folder.resolve(name)).run().heldOutLoss();
    } catch (CheckpointException broken) {
      return Double.NaN;
    }
  }

  /** Brings back a checkpoint that was moved aside for one that was never finished. */
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

  /** Under its name a checkpoint is whole or not there, also while it is being deleted. */
  private static void remove(Path checkpoint) throws IOException {
    Path removed =
        checkpoint.resolveSibling(checkpoint.getFileName() + CheckpointFolder.REMOVED_SUFFIX);
    deleteTree(removed);
    Files.move(checkpoint, removed, StandardCopyOption.ATOMIC_MOVE);
    deleteTree(removed);
  }

  /** What a kill has left in the middle of writing or removing. */
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

  /** A full disk gets its space back; the first failure is the one that is reported. */
  private static void deleteQuietly(Path root) {
    try {
      deleteTree(root);
    } catch (IOException stays) {
      return; // the next checkpoint of this name removes it
    }
  }
}
