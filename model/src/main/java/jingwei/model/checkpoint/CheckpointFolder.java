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
 * The {@code checkpoints} folder of a run, for reading: nothing in it is changed, and a run may
 * save at the same time. A name that can be seen is complete. {@link WritableCheckpointFolder} is
 * the same for the run itself.
 */
public final class CheckpointFolder {
  /** Stands for the newest checkpoint wherever a name is asked for. */
  public static final String LATEST = "latest";

  /** Stands for the newest checkpoint all of whose files are what was written. */
  public static final String LATEST_GOOD = "latest-good";

  /** Stands for the checkpoint with the lowest held-out loss. */
  public static final String BEST = "best";

  /** A checkpoint that makes room for another one of its step; it counts until that is there. */
  static final String REPLACED_SUFFIX = ".replaced";

  static final String REMOVED_SUFFIX = ".removed";

  private static final Pattern STEP = Pattern.compile("step-(\\d{1,18})");

  /** A run that saves all the time replaces what is being opened, but not so often in a row. */
  private static final int MOST_ATTEMPTS = 100;

  private final Path folder;

  public CheckpointFolder(Path folder) {
    this.folder = folder;
  }

  /** Name of the checkpoint of a step. */
  public static String nameOf(long step) {
    return "step-%08d".formatted(step);
  }

  /**
   * The name of a checkpoint whose step may be given without its zeros; other names as they are.
   */
  public static String fullName(String name) {
    return isStep(name) ? nameOf(stepOf(name)) : name;
  }

  public Path path() {
    return folder;
  }

  /**
   * Opens a checkpoint by its name, or {@code latest}, {@code latest-good} or {@code best}.
   *
   * @param broken receives what is wrong with each checkpoint that is passed over
   * @throws UserException if the folder has none of that name
   * @throws CheckpointException if it is damaged
   * @throws UnreadableCheckpointException if it cannot be read at the moment
   */
  public Checkpoint open(String name, Consumer<String> broken) {
    if (name.equals(LATEST_GOOD)) {
      return latestGood(Long.MAX_VALUE, broken)
          .orElseThrow(
              () ->
                  new UserException(
                      "None of the checkpoints in %s is whole; start the run anew in another folder."
                          .formatted(folder)));
    }
    for (int attempt = 1; ; attempt++) {
      String step = named(name);
      Optional<Checkpoint> opened = openUnlessReplaced(step, attempt < MOST_ATTEMPTS);
      if (opened.isPresent()) {
        return opened.get();
      }
      if (attempt == MOST_ATTEMPTS || (!isPointer(name) && !isThere(step))) {
        throw new UserException(
            "There is no checkpoint '%s' in %s; it has %s.".formatted(step, folder, names()));
      }
    }
  }

  /**
   * Opens the newest checkpoint up to a step all of whose files are what was written.
   *
   * @param broken receives, for every newer one, what is wrong with it
   * @return empty if there is none
   * @throws UnreadableCheckpointException if one of them cannot be read at the moment: it may be
   *     whole
   */
  public Optional<Checkpoint> latestGood(long upToStep, Consumer<String> broken) {
    for (int attempt = 1; ; attempt++) {
      List<String> all = steps();
      List<String> steps = all.stream().filter(name -> stepOf(name) <= upToStep).toList();
      List<String> brokenOnes = new ArrayList<>();
      for (String name : steps.reversed()) {
        Optional<Checkpoint> good = openIfGood(name, broken.andThen(brokenOnes::add));
        if (good.isPresent()) {
          return good;
        }
      }
      // The others have been replaced or removed since they were listed.
      boolean wereAllLookedAt = brokenOnes.size() == steps.size() && (!all.isEmpty() || isEmpty());
      if (wereAllLookedAt || attempt == MOST_ATTEMPTS) {
        return Optional.empty();
      }
    }
  }

  /**
   * Whether there is no checkpoint, whole or broken.
   *
   * @throws UnreadableCheckpointException if the folder cannot be read at the moment
   */
  public boolean isEmpty() {
    return steps().isEmpty() && !Presence.of(folder.resolve(LATEST));
  }

  /**
   * Names of all checkpoints, oldest first, after those that have a name of their own.
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

  /** Names of everything in the folder; none if it is not there. */
  List<String> entries() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(entry -> entry.getFileName().toString()).toList();
    } catch (NoSuchFileException | NotDirectoryException notThere) {
      return List.of();
    } catch (IOException | UncheckedIOException e) {
      throw new UnreadableCheckpointException(folder, e);
    }
  }

  /** What {@code latest} or {@code best} names; empty if there is no such file. */
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

  /** The checkpoint that a name stands for now. */
  private String named(String name) {
    return switch (name) {
      case LATEST ->
          pointer(LATEST)
              // A run that was killed after its first rename has no pointer yet.
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
        yield isThere(name) ? name : fullName(name);
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
   * Opens a checkpoint; empty if it is not there.
   *
   * @param mayBeReplaced gives nothing, too, when another checkpoint has come in its place while it
   *     was opened, for then its files may be of both
   */
  private Optional<Checkpoint> openUnlessReplaced(String name, boolean mayBeReplaced) {
    Path path = place(name);
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

  private boolean isThere(String name) {
    return Presence.of(place(name));
  }

  private Path place(String name) {
    Path path = folder.resolve(name);
    Path replaced = folder.resolve(name + REPLACED_SUFFIX);
    return !Presence.of(path) && Presence.of(replaced) ? replaced : path;
  }

  private Path manifest(String name) {
    return folder.resolve(name).resolve(Shards.MANIFEST);
  }
}
