package jingwei.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.UserException;
import jingwei.model.disk.DurableFile;

/**
 * Read-only access to the {@code checkpoints} folder of a run, even while the run saves. Every
 * visible checkpoint is complete. The run itself uses {@link WritableCheckpointFolder}.
 */
public final class CheckpointFolder {
  /** An alias of the newest checkpoint, accepted as a name. */
  public static final String LATEST = "latest";

  /** An alias of the newest checkpoint without a damaged file. */
  public static final String LATEST_GOOD = "latest-good";

  /** An alias of the checkpoint with the lowest held-out loss. */
  public static final String BEST = "best";

  /**
   * Suffix of a checkpoint that is being replaced by another of the same step; it is valid until
   * then.
   */
  static final String REPLACED_SUFFIX = ".replaced";

  static final String REMOVED_SUFFIX = ".removed";

  private static final Pattern STEP = Pattern.compile("step-(\\d{1,18})");

  /** Attempts to open a checkpoint while a run keeps replacing it. */
  private static final int MOST_ATTEMPTS = 100;

  private final Path folder;

  public CheckpointFolder(Path folder) {
    this.folder = folder;
  }

  /** Name of the checkpoint of a step. */
  public static String nameOf(long step) {
    return "step-%08d".formatted(step);
  }

  /** Adds the leading zeros of a step, if they are missing; returns other names unchanged. */
  public static String fullName(String name) {
    return isStep(name) ? nameOf(stepOf(name)) : name;
  }

  public Path path() {
    return folder;
  }

  /**
   * Opens a checkpoint by its name, or {@code latest}, {@code latest-good} or {@code best}.
   *
   * @param broken receives the problem of each checkpoint that is skipped
   * @throws UserException if the folder has no checkpoint with this name
   * @throws CheckpointException if it is damaged
   * @throws UnreadableCheckpointException if it cannot be read at the moment
   */
  public Checkpoint open(String name, Consumer<String> broken) {
    if (name.equals(LATEST_GOOD)) {
      return latestGood(Long.MAX_VALUE, broken)
          .orElseThrow(
              () ->
                  new UserException(
                      "All checkpoints in %s are damaged; start the run anew in another folder."
                          .formatted(folder)));
    }
    for (int attempt = 1; ; attempt++) {
      String step = named(name);
      Optional<Checkpoint> opened = openUnlessReplaced(step, attempt < MOST_ATTEMPTS);
      if (opened.isPresent()) {
        return opened.get();
      }
      if (attempt == MOST_ATTEMPTS || (!isPointer(name) && !exists(step))) {
        throw new UserException(
            "There is no checkpoint '%s' in %s; it has %s.".formatted(step, folder, names()));
      }
    }
  }

  /**
   * Opens the newest undamaged checkpoint up to a step.
   *
   * @param broken receives the problem of every newer checkpoint
   * @return empty if there is none
   * @throws UnreadableCheckpointException if one of them cannot be read at the moment; it may be
   *     undamaged
   */
  public Optional<Checkpoint> latestGood(long upToStep, Consumer<String> broken) {
    for (int attempt = 1; ; attempt++) {
      List<String> all = steps();
      List<String> steps = all.stream().filter(name -> stepOf(name) <= upToStep).toList();
      List<String> problems = new ArrayList<>();
      for (String name : steps.reversed()) {
        Optional<Checkpoint> good = openIfGood(name, broken.andThen(problems::add));
        if (good.isPresent()) {
          return good;
        }
      }
      // The others were replaced or removed after they were listed.
      boolean areAllDamaged = problems.size() == steps.size() && (!all.isEmpty() || isEmpty());
      if (areAllDamaged || attempt == MOST_ATTEMPTS) {
        return Optional.empty();
      }
    }
  }

  /**
   * True if there is no checkpoint, not even a damaged one.
   *
   * @throws UnreadableCheckpointException if the folder cannot be read at the moment
   */
  public boolean isEmpty() {
    return steps().isEmpty() && !Presence.of(folder.resolve(LATEST));
  }

  /**
   * Names of all checkpoints: first those that a user has named, then those of steps, oldest first.
   *
   * @throws UnreadableCheckpointException if the folder cannot be read at the moment
   */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (String name : entries()) {
      boolean isOurs = name.endsWith(DurableFile.PARTIAL_SUFFIX) || isLeftover(name);
      if (!isStep(name) && !isOurs && Files.isRegularFile(manifest(name))) {
        names.add(name);
      }
    }
    names.sort(Comparator.naturalOrder());
    names.addAll(steps());
    return List.copyOf(names);
  }

  /** Names of the checkpoints of steps, oldest first. */
  List<String> steps() {
    return entries().stream()
        .map(CheckpointFolder::withoutReplaced)
        .filter(CheckpointFolder::isStep)
        .distinct()
        .sorted(Comparator.comparingLong(CheckpointFolder::stepOf))
        .toList();
  }

  /** Names of all files in the folder; none if it does not exist. */
  List<String> entries() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(entry -> entry.getFileName().toString()).toList();
    } catch (NoSuchFileException | NotDirectoryException notThere) {
      return List.of();
    } catch (IOException | UncheckedIOException e) {
      throw new UnreadableCheckpointException(folder, e);
    }
  }

  /**
   * The name that the file {@code latest} or {@code best} holds; empty if there is no such file.
   */
  Optional<String> pointer(String pointer) {
    Path file = folder.resolve(pointer);
    try {
      String name = Files.readString(file).strip();
      if (!isStep(name)) {
        throw new CheckpointException(file, "names no checkpoint");
      }
      return Optional.of(name);
    } catch (NoSuchFileException notThere) {
      return Optional.empty();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(file, "names no checkpoint", e);
    } catch (IOException e) {
      throw new UnreadableCheckpointException(file, e);
    }
  }

  static boolean isStep(String name) {
    return STEP.matcher(name).matches();
  }

  static long stepOf(String name) {
    Matcher step = STEP.matcher(name);
    if (!step.matches()) {
      throw new IllegalArgumentException("name=" + name);
    }
    return Long.parseLong(step.group(1));
  }

  static boolean isLeftover(String name) {
    return name.endsWith(REPLACED_SUFFIX) || name.endsWith(REMOVED_SUFFIX);
  }

  private static String withoutReplaced(String name) {
    return name.endsWith(REPLACED_SUFFIX)
        ? name.substring(0, name.length() - REPLACED_SUFFIX.length())
        : name;
  }

  /** Resolves an alias to the name of a checkpoint. */
  private String named(String name) {
    return switch (name) {
      case LATEST ->
          pointer(LATEST)
              // A run that was killed right after its first rename has no pointer yet.
              .or(() -> steps().stream().reduce((older, newer) -> newer))
              .orElseThrow(
                  () ->
                      new UserException(
                          "There is no checkpoint in %s yet; start the run without --resume."
                              .formatted(folder)));
      case BEST ->
          pointer(BEST)
              .orElseThrow(
                  () ->
                      new UserException(
                          "No checkpoint in %s was evaluated, so none is the best; it has %s."
                              .formatted(folder, names())));
      default -> {
        if (name.contains("/") || name.isBlank() || name.startsWith(".")) {
          throw new UserException(
              "'%s' is not a checkpoint's name; the folder has %s.".formatted(name, names()));
        }
        yield exists(name) ? name : fullName(name);
      }
    };
  }

  private Optional<Checkpoint> openIfGood(String name, Consumer<String> broken) {
    Checkpoint opened = null;
    try {
      opened = openUnlessReplaced(name, true).orElse(null);
      if (opened != null) {
        opened.verify();
      }
      return Optional.ofNullable(opened);
    } catch (CheckpointException e) {
      if (opened != null) {
        opened.close();
      }
      broken.accept(e.getMessage());
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
  }

  /**
   * Opens a checkpoint; empty if it does not exist.
   *
   * @param mayBeReplaced if true, also returns empty if the checkpoint was replaced while it was
   *     opened, since its files may then be mixed
   */
  private Optional<Checkpoint> openUnlessReplaced(String name, boolean mayBeReplaced) {
    Path path = pathOf(name);
    Object before = Presence.identity(path);
    if (before == null) {
      return Optional.empty();
    }
    Checkpoint opened;
    try {
      opened = Checkpoint.of(path);
    } catch (CheckpointException e) {
      if (mayBeReplaced && !before.equals(Presence.identity(path))) {
        return Optional.empty();
      }
      throw e;
    }
    if (before.equals(Presence.identity(path))) {
      return Optional.of(opened);
    }
    opened.close();
    return Optional.empty();
  }

  private static boolean isPointer(String name) {
    return name.equals(LATEST) || name.equals(BEST);
  }

  private boolean exists(String name) {
    return Presence.of(pathOf(name));
  }

  private Path pathOf(String name) {
    Path path = folder.resolve(name);
    Path replaced = folder.resolve(name + REPLACED_SUFFIX);
    return !Presence.of(path) && Presence.of(replaced) ? replaced : path;
  }

  private Path manifest(String name) {
    return folder.resolve(name).resolve(Shards.MANIFEST);
  }
}
